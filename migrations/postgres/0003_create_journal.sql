-- The append-only story of the hub.
create table journal (
    seq       bigint generated always as identity primary key,           -- the total order
    entry_id  text collate "C" not null, -- what a cell's provenance points at
    at        bigint not null,
    system_id text collate "C",
    record_id text collate "C",
    link_id   text collate "C",
    event     text not null   -- model::journal::Event as JSON
);
create index journal_record on journal (record_id, seq) where record_id is not null;
