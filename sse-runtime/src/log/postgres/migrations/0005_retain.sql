-- Whoever deletes a channel takes its events away and leaves its numbers behind, and whoever empties the table
-- begins another log.
create function sse_forget() returns trigger
language plpgsql volatile set search_path from current as $$
begin
    if tg_op = 'TRUNCATE' then
        update sse_log l set epoch = ('x' || left(gen_random_uuid()::text, 8))::bit(32)::bigint where l.one;
    else
        update sse_floor f set floor = greatest(f.floor, old.seq) where f.bucket = sse_bucket(old.name);
        delete from sse_event e where e.channel = old.id;
        delete from sse_once o where o.channel = old.id;
    end if;
    return null;
end
$$;

create trigger sse_forget after delete on sse_channel for each row execute function sse_forget();
create trigger sse_forget_all after truncate on sse_channel for each statement
    execute function sse_forget();

-- Drops what is too old, and forgets channels that hold nothing. True: there is more to do, call it again.
--
-- It looks at some channels, beginning behind those that it looked at last, and once round it rests. It
-- waits for nobody: what another transaction holds is left for the next round. Nodes call it, one of them
-- at a time; without nodes, pg_cron or any other clock can.
create function sse_retain() returns boolean
language plpgsql volatile set search_path from current as $$
declare
    most_channels constant integer := 1000;
    most_events constant integer := 10000;
    now constant timestamptz := clock_timestamp();
    log sse_log;
    looked record;
    held sse_channel;
    cut bigint;
    channels integer := 0;
    events integer := 0;
begin
    select * into strict log from sse_log;
    if not pg_try_advisory_xact_lock(hashtextextended('sse_retain', log.epoch)) then
        return false;
    end if;
    select * into strict log from sse_log;

    delete from sse_signal s where s.at < now - interval '10 seconds';
    if log.swept = 0 then
        if log.sweep_began > now - least(log.age, log.ended) / 16 then
            return false;
        end if;
        update sse_log l set sweep_began = now where l.one;
    end if;
    delete from sse_once o where o.at < now - log.idempotency_window;

    for looked in
        select
            c.id, c.dropped < c.seq as holds,
            c.ended < now - log.ended as is_over,
            c.written < now - greatest(log.age, interval '1 day') as is_idle,
            (select e.at < now - log.age from sse_event e
             where e.channel = c.id and e.seq > c.dropped order by e.seq limit 1) as is_old
        from sse_channel c where c.id > log.swept order by c.id limit most_channels
    loop
        exit when events >= most_events;
        channels := channels + 1;
        log.swept := looked.id;
        continue when looked.is_over is not true and looked.is_old is not true
            and (looked.holds or looked.is_idle is not true);

        select * into held from sse_channel c where c.id = looked.id for update skip locked;
        continue when not found;
        if held.ended < now - log.ended then
            cut := held.seq;
        else
            select min(e.seq) - 1 into cut from (
                select e.seq from sse_event e
                where e.channel = held.id and e.seq > held.dropped and e.at >= now - log.age
                order by e.seq limit 1
            ) e;
            cut := coalesce(cut, held.seq);
        end if;
        delete from sse_event e
        where e.channel = held.id and e.seq > held.dropped and e.seq <= cut;
        events := events + cut - held.dropped;

        if cut = held.seq and (
            held.ended < now - log.ended or held.written < now - greatest(log.age, interval '1 day'))
        then
            -- Whoever makes a channel of that bucket waits for this, so this waits for nobody.
            perform from sse_floor f where f.bucket = sse_bucket(held.name) for update skip locked;
            if found then
                delete from sse_channel c where c.id = held.id;
                continue;
            end if;
        end if;
        if cut > held.dropped then
            update sse_channel c set dropped = cut where c.id = held.id;
        end if;
    end loop;

    if channels < most_channels and events < most_events then
        log.swept := 0;
    end if;
    update sse_log l set swept = log.swept where l.one;
    return log.swept <> 0;
end
$$;

update sse_log set version = 5, serves = 5;
