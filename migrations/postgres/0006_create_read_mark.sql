-- The change queue: one row per record of a system that has to be read. It holds no payload.
create table read_mark (
    mark_id     bigint generated always as identity primary key,
    system_id   text collate "C" not null,
    kind        text not null,            -- model::RecordKind
    external_id text collate "C" not null,
    absence     bigint not null,          -- 1: marked because of an absence, so that a read that finds nothing settles it
    lane        bigint not null,          -- 0 status, 1 arrival, 2 live, 3 backfill, 4 audit
    rank        bigint not null,          -- dependencies first
    not_before  bigint not null,
    touched     bigint not null,          -- counts the reasons: a mark touched while it was worked on stays
    attempts    bigint not null,          -- failed tries since the last live touch
    parked      bigint not null,          -- 1: given up until an operator or a live touch
    reason      text,                     -- why the last try failed, without values
    lease_token text,                     -- fencing: who claims the mark next gets another one
    lease_until bigint,
    created_at  bigint not null,
    unique (system_id, kind, external_id)
) with (fillfactor = 75);
create index read_mark_claim on read_mark (system_id, lane, rank, not_before, mark_id) where parked = 0;
