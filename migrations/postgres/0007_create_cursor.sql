-- Where each stream of each system goes on.
create table cursor (
    system_id text collate "C" not null,
    stream    text collate "C" not null,
    cursor    text not null,   -- the connector's own form
    moved_at  bigint not null,
    primary key (system_id, stream)
);
