-- What applications call, within their own transactions and by whatever driver.

-- The end of a channel, as readers know it: an id.
create function sse_end_of(channel sse_channel) returns text
language sql stable set search_path from current as $$
    select to_hex(channel.tag # coalesce(
        channel.lives[cardinality(channel.lives) - 1], (select epoch from sse_log)
    )) || '-' || channel.seq
$$;

-- The id of the event of that number.
create function sse_id(channel sse_channel, seq bigint) returns text
language plpgsql stable set search_path from current as $$
declare
    epoch bigint;
begin
    -- The newest life that had begun.
    for i in reverse coalesce(cardinality(channel.lives), 0) - 1 .. 1 by 2 loop
        epoch := channel.lives[i];
        exit when channel.lives[i + 1] < seq;
    end loop;
    if epoch is null then
        select l.epoch into strict epoch from sse_log l;
    end if;
    return to_hex(channel.tag # epoch) || '-' || seq;
end
$$;

-- An event as it goes over the wire, without its id.
create function sse_lines(event text, data text) returns bytea
language plpgsql immutable set search_path from current as $$
begin
    if event ~ '[\n\r]' then
        raise exception 'the name of an event holds a line break: %', quote_literal(left(event, 100))
            using errcode = 'SSE04', hint = 'Leave it out, or send it as data.';
    end if;
    if data is null then
        raise exception 'an event without data'
            using errcode = 'SSE04', hint = 'Give '''' for an event whose data is empty.';
    end if;
    -- "Lines must be separated by either a CRLF character pair, a single LF character, or a single CR
    -- character" (WHATWG HTML §9.2.5).
    return convert_to(
        coalesce('event: ' || nullif(event, '') || E'\n', '') || 'data: ' || replace(
            replace(replace(data, E'\r\n', E'\n'), E'\r', E'\n'), E'\n', E'\ndata: '
        ) || E'\n', 'UTF8');
end
$$;

-- Appends one event, or ends a channel, or both; and raises whatever keeps it from that.
create function sse_put(
    channel text, lines bytea, key text, once text, at_epoch bigint, at_seq bigint, ends boolean
) returns text
language plpgsql volatile set search_path from current as $$
declare
    done record;
    held sse_channel;
    is_record constant boolean := lines is not null;
begin
    if octet_length(key) > 1024 then
        raise exception 'a key of % bytes', octet_length(key)
            using errcode = 'SSE04', hint = 'Give it at most 1024.';
    end if;
    if once is not null and
        (once = '' or octet_length(once) > 512 or once ~ '[\u0001-\u001f\u007f-\u009f]')
    then
        raise exception 'not an idempotency key: %', quote_literal(left(once, 100))
            using errcode = 'SSE04', hint = 'Give it 1 to 512 bytes without control characters.';
    end if;
    select * into strict done from sse_write(
        array[channel], array[is_record::integer], array[ends], array[once], array[at_epoch],
        array[at_seq], 1::smallint,
        case when is_record then array[convert_to(key, 'UTF8')] else '{}' end,
        case when is_record then array[lines] else '{}' end, null);
    select * into strict held from sse_channel c where c.name = channel;
    case done.status
        when 2 then
            raise exception 'channel "%" has ended', channel
                using errcode = 'SSE01', hint = 'Append to another channel.';
        when 3 then
            raise exception 'channel "%" ends at %, not where it was said to', channel,
                sse_end_of(held)
                using errcode = 'SSE02', detail = sse_end_of(held),
                hint = 'Read on from there, and decide again.';
        when 5 then
            raise exception 'an event of % bytes, where % are taken', done.first, done.last
                using errcode = 'SSE03',
                hint = 'Send less, or raise max_record_bytes in table sse_log.';
        else
            return case when is_record then sse_id(held, done.last) else sse_end_of(held) end;
    end case;
end
$$;

-- Appends an event to a channel when the transaction commits, and returns its id. Until then others
-- who append to that channel wait. No event name is what most readers call `message`. Who conflates
-- keeps the newest event of each key.
create function sse_append(channel text, event text, data text, key text default null) returns text
language plpgsql volatile set search_path from current as $$
begin
    return sse_put(channel, sse_lines(event, data), key, null, null, null, false);
end
$$;

-- As sse_append, if the channel still ends at that place: the id of its newest event, or what
-- sse_position said. SQLSTATE SSE02 otherwise.
create function sse_append_if(
    place text, channel text, event text, data text, key text default null
) returns text
language plpgsql volatile set search_path from current as $$
declare
    parts constant text[] := regexp_match(place, '^([0-9a-f]{1,16})-([0-9]{1,18})$');
begin
    if parts is null then
        raise exception 'not a place in a channel: %', coalesce(quote_literal(left(place, 100)), 'null')
            using errcode = 'SSE04', hint = 'Give what sse_position or an append has returned.';
    end if;
    return sse_put(channel, sse_lines(event, data), key, null,
        ('x' || lpad(parts[1], 16, '0'))::bit(64)::bigint # sse_tag(channel), parts[2]::bigint, false);
end
$$;

-- As sse_append, unless the channel has an event that was appended with the same idempotency key not
-- long ago (`idempotency_window` in sse_log). Returns the id of that.
create function sse_append_once(
    once text, channel text, event text, data text, key text default null
) returns text
language sql volatile set search_path from current as $$
    select sse_put(channel, sse_lines(event, data), key, once, null, null, false)
$$;

-- Ends a channel for good, after a last event where there is one. Returns its end.
create function sse_end(
    channel text, event text default null, data text default null, key text default null
) returns text
language sql volatile set search_path from current as $$
    select sse_put(
        channel, case when event is not null or data is not null then sse_lines(event, data) end,
        key, null, null, null, true)
$$;

-- The end of a channel: the id of its newest event.
create function sse_position(channel text) returns text
language sql stable set search_path from current as $$
    select coalesce(
        (select sse_end_of(c) from sse_channel c where c.name = channel),
        (select to_hex(l.epoch # sse_tag(channel)) || '-' || f.floor
         from sse_log l, sse_floor f where f.bucket = sse_bucket(channel)))
$$;

-- Holds channels for the rest of the transaction. Transactions that append to several channels in
-- different orders can wait for each other, and one of them is then ended (SQLSTATE 40P01): they
-- name all of their channels here first.
create function sse_lock(variadic channels text[]) returns void
language plpgsql volatile set search_path from current as $$
declare
    name text;
begin
    for name in select distinct c collate "C" from unnest(channels) c order by 1 loop
        perform sse_hold(name, null);
    end loop;
end
$$;

create function sse_shout(channel text, key bytea, lines bytea) returns void
language plpgsql volatile set search_path from current as $$
declare
    log sse_log;
begin
    select * into strict log from sse_log;
    if octet_length(lines) > log.max_record_bytes then
        raise exception 'an event of % bytes, where % are taken', octet_length(lines),
            log.max_record_bytes
            using errcode = 'SSE03', hint = 'Send less, or raise max_record_bytes in table sse_log.';
    end if;
    insert into sse_signal (channel, key, lines) values (channel, key, lines);
    if log.notify then
        perform pg_notify(sse_topic(), 'signals');
    end if;
end
$$;

-- Sends an event to who is there now, when the transaction commits. It is not kept and has no id.
create function sse_signal(channel text, event text, data text, key text default null) returns void
language sql volatile set search_path from current as $$
    select sse_shout(channel, convert_to(key, 'UTF8'), sse_lines(event, data))
$$;
