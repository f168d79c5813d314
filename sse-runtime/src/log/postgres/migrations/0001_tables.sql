-- What a log keeps. All of it lies in the schema that is current when this is run, and its functions
-- find it there whatever the search path of who calls them.
--
-- The files of this directory are run in their order, each once: by `PostgresOptions::migrate`, or by
-- whatever else runs migrations. They are never changed once they were released.

do $$
begin
    if current_setting('server_version_num')::integer < 140000 then
        raise exception 'PostgreSQL % is older than 14', current_setting('server_version');
    end if;
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception 'the encoding of database "%" is %; events are UTF8',
            current_database(), current_setting('server_encoding');
    end if;
end
$$;

-- One row: the log, and what holds for all who write to it, by whatever driver.
create table sse_log (
    one boolean primary key default true check (one),
    -- Of these files: the last that was run, and the first that a node must know to be served.
    version integer not null,
    serves integer not null,
    -- 36 random bits, which are in the id of each event.
    epoch bigint not null default ('x' || left(gen_random_uuid()::text, 8)
        || left(right(gen_random_uuid()::text, 12), 1))::bit(36)::bigint,
    -- Whether each append notifies. It takes a lock that all who notify share until their commit.
    notify boolean not null default true,
    -- How many events of a channel are kept at least, how long one is kept, how long a channel that
    -- has ended, and how long a key that makes an append idempotent.
    events integer not null default 1000 check (events > 0),
    age interval not null default '1 hour' check (age > '0'),
    ended interval not null default '10 minutes' check (ended >= '0'),
    idempotency_window interval not null default '2 minutes' check (idempotency_window >= '0'),
    max_record_bytes integer not null default 1048576
        check (max_record_bytes between 1 and 16777216),
    -- Where the sweep for what is too old is, and when it began.
    swept bigint not null default 0,
    sweep_began timestamptz not null default '-infinity'
) with (fillfactor = 50);

insert into sse_log (version, serves) values (1, 1);

-- A channel. Whoever appends holds its row until the commit: so numbers become visible in their
-- order, and a rollback leaves none out. Each append updates the row, in place as no column but the
-- name is in an index.
create table sse_channel (
    id bigint generated always as identity primary key,
    name text collate "C" not null unique,
    -- What of the name is in the id of each event.
    tag bigint not null,
    -- The number before its first event, of its newest event, and of the newest that was dropped.
    began bigint not null,
    seq bigint not null,
    dropped bigint not null,
    -- Which server wrote last, and where the lives of the channel began: an epoch and the number
    -- before its first event each. Null: one life, of the log's epoch, from 0.
    server bigint not null,
    lives bigint[],
    written timestamptz not null default clock_timestamp(),
    ended timestamptz,
    check (began <= dropped and dropped <= seq)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.1);

-- The events of channels. `lines` is an event as it goes over the wire, without its id.
create table sse_event (
    channel bigint not null,
    seq bigint not null,
    format smallint not null,
    key bytea,
    lines bytea not null,
    at timestamptz not null default clock_timestamp(),
    primary key (channel, seq)
) with (autovacuum_vacuum_scale_factor = 0.02);

-- Which appends were made with a key, and the first and last number of what they appended.
create table sse_once (
    channel bigint not null,
    key text collate "C" not null,
    first bigint not null,
    last bigint not null,
    at timestamptz not null default clock_timestamp(),
    primary key (channel, key)
);

create index on sse_once (at);

-- What forgotten channels leave behind, so that none of their numbers is given again: the highest of
-- all whose names share a bucket.
create table sse_floor (
    bucket integer primary key,
    floor bigint not null
) with (fillfactor = 50);

insert into sse_floor select bucket, 0 from generate_series(0, 4095) bucket;

-- Signals, for some seconds. They may be lost, so they are in no write-ahead log.
create unlogged table sse_signal (
    id bigint generated always as identity primary key,
    -- Who has seen an earlier state of the table knows by this what is new.
    writer xid8 not null default pg_current_xact_id(),
    channel text collate "C" not null,
    key bytea,
    lines bytea not null,
    at timestamptz not null default clock_timestamp()
);
