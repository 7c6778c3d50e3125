-- Where each stream of each system goes on.
create table cursor (
    system_id text not null,
    stream    text not null,
    cursor    text not null,   -- the connector's own form
    moved_at  bigint not null,
    primary key (system_id, stream)
);
