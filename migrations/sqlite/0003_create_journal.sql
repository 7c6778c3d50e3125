-- The append-only story of the hub.
create table journal (
    seq       integer primary key autoincrement,           -- the total order
    entry_id  text not null, -- what a cell's provenance points at
    at        bigint not null,
    system_id text,
    record_id text,
    link_id   text,
    event     text not null   -- model::journal::Event as JSON
);
create index journal_record on journal (record_id, seq) where record_id is not null;
