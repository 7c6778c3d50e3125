-- One row per pair of records that operators keep apart: never proposed as one, and never made one by a decision.
create table kept_apart (
    one_id   text not null, -- the lower id; as decided: an alias is followed, never rewritten
    other_id text not null,
    operator text not null,
    at       bigint not null,
    reason   text not null,
    primary key (one_id, other_id)
);
create index kept_apart_other on kept_apart (other_id);
