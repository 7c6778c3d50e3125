-- One row per record of the hub. Nothing is ever deleted from this table.
create table record (
    record_id   text not null primary key, -- UUID version 7, hyphenated: sorts by birth, can be pasted from a log
    kind        text not null,                 -- model::RecordKind
    life        text not null,                 -- live | merged | erased | retired
    merged_into text,                      -- the record that this one is an alias of, when life is merged
    root_id     text not null,             -- the end of the alias chain, kept by every commit so that reads need no recursion
    version     bigint not null,               -- counts stored changes, from 1; a commit computed from another one is refused
    number      text,                      -- copy of the field `number`, for look-ups at the desk
    arrives_on  text,                      -- copy of the field `arrives_on`, YYYY-MM-DD, for the mail before an arrival
    departs_on  text,                      -- copy of the field `departs_on`, YYYY-MM-DD, for the night audit
    fields      text not null,                 -- the cells with their provenance as JSON
    created_at  bigint not null,               -- microseconds since 1970, UTC, like every instant of this schema
    changed_at  bigint not null
);
-- Of the members of a tree: everybody else is his own root.
create index record_root on record (root_id) where merged_into is not null;
create index record_arrives_on on record (arrives_on) where arrives_on is not null;
create index record_departs_on on record (departs_on) where departs_on is not null;
create index record_number on record (number) where number is not null;
