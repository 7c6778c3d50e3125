-- One row per import: how far it is. The process that runs it writes here once a second at most.
create table import_run (
    run_id      text collate "C" not null primary key,
    system_id   text collate "C" not null,
    source      text not null,   -- system | files
    begun_at    bigint not null,
    seen_at     bigint not null,
    ended_at    bigint,          -- null: it is running, or was killed
    succeeded   bigint,          -- 1: it was told to its end
    total       bigint,          -- rows there are, where that is known
    rows_before bigint not null, -- rows that an interrupted run had read
    n_rows      bigint not null,
    applied     bigint not null,
    rejected    bigint not null
);
create index import_run_begun on import_run (begun_at);
