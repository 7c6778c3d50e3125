-- The outbox: one row per record and system that differ. It holds no payload: the write is computed when it is sent.
create table due (
    mark_id     integer primary key autoincrement,
    system_id   text not null,
    record_id   text not null,
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
    unique (record_id, system_id)
);
create index due_claim on due (system_id, lane, rank, not_before, mark_id) where parked = 0;
