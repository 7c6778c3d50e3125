-- One row per scheduled job: which of its slots has run, and who runs one now.
create table job (
    job_key      text collate "C" not null primary key,
    done_slot    bigint,       -- the last slot that was finished
    done_at      bigint,
    claimed_slot bigint,
    lease_token  text,
    lease_until  bigint
);
