-- One row per system: what its workers must know over a restart.
create table system_state (
    system_id       text not null primary key,
    epoch           bigint not null default 0,          -- grows before each write and each acknowledgement
    health          text not null default 'running',    -- running | paused | halted
    health_reason   text,
    last_success_at bigint,
    last_error      text,                               -- without values
    failures        bigint not null default 0,          -- in a row
    window_since    bigint not null default 0,          -- start of the window in which parked work is counted
    window_done     bigint not null default 0,
    window_parked   bigint not null default 0,
    generation      bigint not null default 0           -- complete sweeps begun
);
