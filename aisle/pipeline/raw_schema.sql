-- Tables of the raw layer. Rows are only ever added, each by exactly one batch.
create schema if not exists raw;

create table if not exists raw.batches (
    batch_id bigint primary key,
    loaded_at timestamp not null,
    files bigint not null,
    rows_seen bigint not null,
    rows_loaded bigint not null,
    rows_duplicate bigint not null,
    rows_quarantined bigint not null
);

create table if not exists raw.loaded_files (
    path varchar not null,
    content_hash varchar not null,
    batch_id bigint not null,
    primary key (path, content_hash)
);

create table if not exists raw.quarantine (
    batch_id bigint not null,
    kind varchar not null,
    source_file varchar not null,
    line_number bigint not null,
    reason varchar not null,
    original varchar not null,
    quarantined_at timestamp not null
);

create table if not exists raw.events (
    message_id varchar,
    type varchar,
    event varchar,
    user_id varchar,
    anonymous_id varchar,
    timestamp timestamp,
    received_at timestamp,
    properties json,
    context json,
    traits json,
    source varchar,
    _batch_id bigint not null,
    _loaded_at timestamp not null,
    _source_file varchar not null
);

create table if not exists raw.products (
    item_id varchar,
    title varchar,
    description varchar,
    category varchar,
    brand varchar,
    price double precision,
    image_url varchar,
    is_available boolean,
    updated_at timestamp,
    attributes json,
    _batch_id bigint not null,
    _loaded_at timestamp not null,
    _source_file varchar not null
);

create table if not exists raw.customers (
    user_id varchar,
    attributes json,
    consent_personalization boolean,
    consent_updated_at timestamp,
    updated_at timestamp,
    _batch_id bigint not null,
    _loaded_at timestamp not null,
    _source_file varchar not null
);

-- What events brought only later on; warehouses made before get the columns here, empty.
alter table raw.events add column if not exists original_timestamp timestamp;
alter table raw.events add column if not exists sent_at timestamp;
alter table raw.events add column if not exists previous_id varchar;
alter table raw.events add column if not exists group_id varchar;
alter table raw.events add column if not exists name varchar;
alter table raw.events add column if not exists extra json;
alter table raw.events add column if not exists _line_number bigint;
alter table raw.events add column if not exists by_public_key boolean;

-- Who sent what a collector refused, when it came, and what else was known of it; its bytes where they
-- were no UTF-8.
alter table raw.quarantine add column if not exists source varchar;
alter table raw.quarantine add column if not exists received_at timestamp;
alter table raw.quarantine add column if not exists original_base64 varchar;
alter table raw.quarantine add column if not exists envelope json;

-- How a file looked when it was loaded: one that still does is not read again.
alter table raw.loaded_files add column if not exists size_bytes bigint;
alter table raw.loaded_files add column if not exists modified_ns bigint;

-- Refused events that `aisle quarantine replay` has landed, by their place in raw.quarantine.
create table if not exists raw.replays (
    source_file varchar not null,
    line_number bigint not null,
    landed_file varchar not null,
    replayed_at timestamp not null,
    primary key (source_file, line_number)
);
