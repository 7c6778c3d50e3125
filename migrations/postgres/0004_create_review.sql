-- Whatever a human decides or has decided.
create table review (
    review_id text collate "C" not null primary key,
    record_id text collate "C",        -- null when it is about a whole stream
    system_id text collate "C" not null,
    kind      text not null,   -- conflict | hold | quarantine | proposal
    of_kind   text,            -- hold: the kind of record whose stream waits
    state     text not null,   -- open | accepted | rejected | settled
    opened_at bigint not null,
    ended_at  bigint,
    question  text not null,   -- model::ReviewKind as JSON
    answer    text not null    -- model::review::ReviewState as JSON
);
create index review_open on review (opened_at) where state = 'open';
create index review_record on review (record_id) where record_id is not null;
create index review_hold on review (system_id, of_kind, opened_at) where kind = 'hold';
-- Two daemons that hold the same stream at once open one review.
create unique index review_open_hold on review (system_id, of_kind) where kind = 'hold' and state = 'open';
