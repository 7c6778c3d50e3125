-- One row per counterpart of a record at a system, with the shadow: what that system is known to hold.
create table link (
    link_id        text collate "C" not null primary key,
    record_id      text collate "C" not null references record (record_id), -- as it was when linked: an alias is followed, never rewritten
    root_id        text collate "C" not null,    -- copy of record.root_id, kept by every commit
    system_id      text collate "C" not null,
    kind           text not null,        -- model::RecordKind, of the record at the system
    external_id    text collate "C",             -- null while the counterpart is being created
    role           text not null,        -- primary | secondary
    life           text not null,        -- creating | live | suspect | gone | merged | quarantined | erased
    life_detail    text,                 -- suspect: number of sweeps that missed it; merged: the external id it went into
    version_number bigint,               -- the system's own version where it is a number that grows
    version_token  text,                 -- the system's own version where it can only be compared for equality
    epoch          bigint not null,      -- the system's epoch at the last write
    sent           text,                 -- what a write whose outcome is not known has sent, model::Document as JSON
    source_hash    bigint,               -- digest of the row at the last sweep
    slot           text collate "C",             -- the part of the id that the system gives out again after a deletion
    seen_at        bigint,
    version        bigint not null,      -- counts stored changes, from 1
    shadow         text not null         -- model::Shadow as JSON
);
-- An id that was gone and comes back revives its link, so it stays unique for ever. The order serves sweeps.
create unique index link_external on link (system_id, kind, external_id) where external_id is not null;
-- At most one counterpart of a record is written to: also what stops two workers from creating two.
create unique index link_primary on link (root_id, system_id, kind)
    where role = 'primary' and life in ('creating', 'live', 'suspect', 'quarantined');
create index link_root on link (root_id);
create index link_record on link (record_id);
create index link_slot on link (system_id, kind, slot) where slot is not null;
create index link_by_external on link (external_id) where external_id is not null;
create index link_open on link (system_id) where life = 'creating' or sent is not null;
