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
