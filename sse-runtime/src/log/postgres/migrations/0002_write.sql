-- How events come into the log: by one function, whoever appends.

-- Tells the server that writes from all that have other data: one that was promoted or recovered to a
-- point in time has another timeline, one that was restored from a dump another identifier or other
-- tables. Where the server does not tell (it keeps its log elsewhere), it is always the same.
create function sse_server() returns bigint
language plpgsql volatile set search_path from current as $$
begin
    return (pg_control_system()).system_identifier
        # (('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint << 31)
        # 'sse_log'::regclass::oid::bigint;
exception
    when insufficient_privilege or feature_not_supported or undefined_function
        or object_not_in_prerequisite_state then
        return 0;
end
$$;

-- What is notified: by the log in this schema, and no other of the database.
create function sse_topic() returns text
language sql stable set search_path from current as $$
    select 'sse_' || to_hex(hashtext(current_schema()))
$$;

create function sse_bucket(name text) returns integer
language sql immutable set search_path from current as $$
    select (get_byte(hash, 0) << 4) | (get_byte(hash, 1) >> 4)
    from (select sha256(convert_to(name, 'UTF8')) as hash) as hashed
$$;

-- The FNV-1a hash of a name, of 32 bits.
create function sse_tag(name text) returns bigint
language plpgsql immutable set search_path from current as $$
declare
    bytes bytea := convert_to(name, 'UTF8');
    hash bigint := 2166136261;
begin
    for i in 0 .. octet_length(bytes) - 1 loop
        hash := ((hash # get_byte(bytes, i)) * 16777619) & 4294967295;
    end loop;
    return hash;
end
$$;

-- Locks a channel for the rest of the transaction, and makes it where it is not there.
--
-- `patience`: how many milliseconds to wait for another transaction. 0: not at all, and null is
-- returned. Null: as long as the caller's own settings allow.
create function sse_hold(channel text, patience integer) returns sse_channel
language plpgsql volatile set search_path from current as $$
declare
    own_timeout constant text := current_setting('lock_timeout');
    held sse_channel;
    bottom bigint;
begin
    loop
        if patience = 0 then
            select * into held from sse_channel c where c.name = channel for update skip locked;
            if found then
                return held;
            end if;
            if exists (select from sse_channel c where c.name = channel) then
                return null;
            end if;
        else
            if patience > 0 then
                perform set_config('lock_timeout', patience::text, true);
            end if;
            select * into held from sse_channel c where c.name = channel for update;
            if patience > 0 then
                perform set_config('lock_timeout', own_timeout, true);
            end if;
            if held.id is not null then
                return held;
            end if;
        end if;

        if channel is null or channel = '' or octet_length(channel) > 256
            or channel ~ '[\u0001-\u001f\u007f-\u009f]'
        then
            raise exception 'not the name of a channel: %',
                coalesce(quote_literal(left(channel, 100)), 'null')
                using errcode = 'SSE04', hint = 'Give it 1 to 256 bytes without control characters.';
        end if;
        begin
            -- Another transaction may be making the channel, and cannot be skipped.
            if patience is not null then
                perform set_config('lock_timeout', greatest(patience, 20)::text, true);
            end if;
            -- Locked, so that no channel of the bucket is forgotten between this and the commit.
            select f.floor into strict bottom
            from sse_floor f where f.bucket = sse_bucket(channel) for share;
            insert into sse_channel (name, tag, began, seq, dropped, server)
            values (channel, sse_tag(channel), bottom, bottom, bottom, sse_server())
            on conflict (name) do nothing;
            perform set_config('lock_timeout', own_timeout, true);
        exception when lock_not_available then
            if patience = 0 then
                return null;
            end if;
            raise;
        end;
    end loop;
end
$$;

-- Appends and ends, all in one transaction: a write each is an element of `channels`, `counts` (how many
-- of `keys` and `lines` are its own), `ends`, `onces`, `at_epochs` and `at_seqs`. Writes to one channel
-- lie side by side, and the channels are in the order of their names.
--
-- Of each write, in their order: its status, the first and last number that it appended, and the lives of
-- the channel, an epoch and the number after which it began each. A status of 0 is written, 1 written before with the same key, 2 refused as the channel has
-- ended, 3 refused as it ends elsewhere (`last`), 4 refused as another transaction holds the channel, 5
-- refused as a record has too many bytes (`first`) for the bound (`last`).
create function sse_write(
    channels text[], counts integer[], ends boolean[], onces text[], at_epochs bigint[], at_seqs bigint[],
    format smallint, keys bytea[], lines bytea[], patience integer
) returns table (status smallint, first bigint, last bigint, lives bigint[])
language plpgsql volatile set search_path from current as $$
declare
    log sse_log;
    held sse_channel;
    before sse_channel;
    server constant bigint := sse_server();
    topic constant text := sse_topic();
    writes constant integer := cardinality(channels);
    now constant timestamptz := clock_timestamp();
    -- Of the records: those of the write, and those that are to be inserted, with the number before.
    next_record integer := 1;
    first_record integer;
    open_from integer := 1;
    open_to integer := 0;
    open_seq bigint;
    bytes integer;
begin
    select * into strict log from sse_log;

    -- A reader sees a number as soon as it is committed, and it is never given again: so a commit is
    -- safe before it is visible, also where the application does without.
    if current_setting('synchronous_commit') = 'off' then
        perform set_config('synchronous_commit', 'local', true);
    end if;

    for i in 1 .. writes loop
        first_record := next_record;
        next_record := next_record + counts[i];
        if i = 1 or channels[i] <> channels[i - 1] then
            -- Most channels are there and nobody holds them.
            select * into held from sse_channel c where c.name = channels[i] for update skip locked;
            if not found then
                held := sse_hold(channels[i], patience);
            end if;
            before := held;
        end if;

        <<write>>
        begin
            first := null;
            last := null;
            if held.id is null then
                status := 4;
                exit write;
            end if;

            if onces[i] is not null then
                select o.first, o.last into first, last from sse_once o
                where o.channel = held.id and o.key = onces[i]
                    and o.at > now - log.idempotency_window;
                if found then
                    status := 1;
                    exit write;
                end if;
            end if;

            if held.ended < now - log.ended then
                -- The name is free again; its numbers go on.
                held.ended := null;
                held.dropped := held.seq;
            end if;
            if held.ended is not null then
                status := case when counts[i] = 0 then 0 else 2 end;
                last := held.seq;
                exit write;
            end if;

            if at_seqs[i] <> held.seq
                or at_epochs[i] <> coalesce(held.lives[cardinality(held.lives) - 1], log.epoch)
            then
                status := 3;
                last := held.seq;
                exit write;
            end if;

            for k in first_record .. next_record - 1 loop
                bytes := octet_length(lines[k]) + coalesce(octet_length(keys[k]), 0);
                if bytes > log.max_record_bytes then
                    status := 5;
                    first := bytes;
                    last := log.max_record_bytes;
                    exit write;
                end if;
            end loop;

            if held.server <> server then
                -- What the other server wrote last may be lost, and seen. What is left goes on under
                -- another epoch.
                held.server := server;
                held.lives := coalesce(held.lives, array[log.epoch, 0])
                    || array[('x' || left(gen_random_uuid()::text, 8))::bit(32)::bigint, held.seq];
                held.lives := held.lives[greatest(1, cardinality(held.lives) - 31):];
            end if;

            if open_to >= open_from and open_to <> first_record - 1 then
                insert into sse_event (channel, seq, format, key, lines)
                select held.id, open_seq + k - open_from + 1, sse_write.format, keys[k],
                    sse_write.lines[k]
                from generate_series(open_from, open_to) k;
                open_from := open_to + 1;
            end if;
            if open_to < open_from then
                open_from := first_record;
                open_seq := held.seq;
            end if;
            open_to := next_record - 1;

            first := held.seq + 1;
            held.seq := held.seq + counts[i];
            last := held.seq;
            status := 0;
            if ends[i] then
                held.ended := now;
            end if;
            if onces[i] is not null then
                insert into sse_once (channel, key, first, last)
                values (held.id, onces[i], sse_write.first, sse_write.last)
                on conflict on constraint sse_once_pkey do update
                set first = excluded.first, last = excluded.last, at = excluded.at;
            end if;
        end;
        lives := coalesce(held.lives, array[log.epoch, 0]);
        return next;

        if held.id is null or held = before or i < writes and channels[i] = channels[i + 1] then
            continue;
        end if;

        -- The channel is through.
        if open_to >= open_from then
            insert into sse_event (channel, seq, format, key, lines)
            select held.id, open_seq + k - open_from + 1, sse_write.format, keys[k], sse_write.lines[k]
            from generate_series(open_from, open_to) k;
            open_from := open_to + 1;
        end if;
        -- Not one by one, so that most appends delete nothing.
        if held.seq - held.dropped > log.events + log.events / 8 then
            held.dropped := held.seq - log.events;
        end if;
        if held.dropped > before.dropped then
            delete from sse_event e
            where e.channel = held.id and e.seq > before.dropped and e.seq <= held.dropped;
        end if;
        update sse_channel c
        set seq = held.seq, dropped = held.dropped, server = held.server, lives = held.lives,
            written = now, ended = held.ended
        where c.id = held.id;
        if log.notify then
            -- The id of the newest event, or that the channel has ended.
            perform pg_notify(topic, case
                when held.ended is null then to_hex(held.tag # coalesce(
                    held.lives[cardinality(held.lives) - 1], log.epoch)) || '-' || held.seq
                else 'ended'
            end || ' ' || held.name);
        end if;
    end loop;
end
$$;
