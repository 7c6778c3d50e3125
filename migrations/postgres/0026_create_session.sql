-- One row per session of an operator. The secret itself is in his browser only.
create table session (
    secret_hash text collate "C" not null primary key, -- SHA-256, base64url
    operator    text collate "C" not null,
    created_at  bigint not null,
    seen_at     bigint not null          -- within a minute
);
create index session_operator on session (operator);
