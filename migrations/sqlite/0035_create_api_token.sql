-- One row per name of a token of another program. The token itself is with its program only.
create table api_token (
    name        text not null primary key,
    secret_hash text not null unique, -- SHA-256, base64url
    scopes      text not null,   -- model::token::Scope, separated by spaces
    created_at  bigint not null,
    expires_at  bigint,
    revoked_at  bigint,
    used_at     bigint           -- within a minute
);
