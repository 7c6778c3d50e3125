-- One row per session of an operator. The secret itself is in his browser only.
create table session (
    secret_hash text not null primary key, -- SHA-256, base64url
    operator    text not null,
    created_at  bigint not null,
    seen_at     bigint not null          -- within a minute
);
create index session_operator on session (operator);
