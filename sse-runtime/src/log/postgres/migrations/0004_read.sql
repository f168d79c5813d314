-- How nodes read. Each of these functions is stable: all it says is of one snapshot.

-- Of each channel, in their order: the number before its first event, of its newest, and of the newest
-- that was dropped; whether it has ended; and its lives.
create function sse_extents(channels text[])
returns table (began bigint, seq bigint, dropped bigint, ended boolean, lives bigint[])
-- One plan is the best for any number of channels, and making it takes longer than running it.
language plpgsql stable set search_path from current set plan_cache_mode = force_generic_plan as $$
begin
    return query select
        coalesce(c.began, f.floor), coalesce(c.seq, f.floor), coalesce(c.dropped, f.floor),
        c.ended is not null, coalesce(c.lives, array[l.epoch, 0])
    from unnest(channels) with ordinality as asked (name, at)
    cross join sse_log l
    -- Each by the index, however many are asked for.
    left join lateral (select * from sse_channel c where c.name = asked.name limit 1) c on true
    left join lateral (
        select * from sse_floor f where c.id is null and f.bucket = sse_bucket(asked.name) limit 1
    ) f on true
    order by asked.at;
end
$$;

-- First how it stands with the channel, as sse_extents says it; then its records after that number, as
-- many as are asked for, and as fit into `bytes`, each with its digits and `frame` more. The first that
-- there is always fits.
create function sse_read(channel text, after bigint, records bigint, bytes bigint, frame bigint)
returns table (
    began bigint, seq bigint, dropped bigint, ended boolean, lives bigint[],
    format smallint, key bytea, record bytea
)
language plpgsql stable set search_path from current as $$
declare
    id bigint;
    from_seq bigint;
    taken bigint := 0;
    is_first boolean := true;
begin
    select c.id, c.began, c.seq, c.dropped, c.ended is not null, coalesce(c.lives, array[l.epoch, 0])
    into id, began, seq, dropped, ended, lives
    from sse_channel c cross join sse_log l where c.name = channel;
    if not found then
        select e.began, e.seq, e.dropped, e.ended, e.lives into began, seq, dropped, ended, lives
        from sse_extents(array[channel]) e;
    end if;
    return next;
    from_seq := greatest(after, dropped);
    began := null;
    dropped := null;
    ended := null;
    lives := null;
    for seq, format, key, record in
        select e.seq, e.format, e.key, e.lines from sse_event e
        where e.channel = id and e.seq > from_seq
        order by e.seq limit greatest(records, 1)
    loop
        taken := taken + frame + length(seq::text) + octet_length(record);
        exit when taken > bytes and not is_first;
        is_first := false;
        return next;
    end loop;
end
$$;

-- First a snapshot, and then the signals that were not visible in the one before: at most 1000 of them,
-- and 16 MiB.
create function sse_signals(before pg_snapshot)
returns table (snapshot text, channel text, key bytea, record bytea)
language plpgsql stable set search_path from current as $$
declare
    taken bigint := 0;
begin
    snapshot := pg_current_snapshot()::text;
    return next;
    snapshot := null;
    for channel, key, record in
        select s.channel, s.key, s.lines from sse_signal s
        where s.writer >= pg_snapshot_xmin(before) and not pg_visible_in_snapshot(s.writer, before)
        order by s.id limit 1000
    loop
        taken := taken + octet_length(record);
        exit when taken > 16777216;
        return next;
    end loop;
end
$$;
