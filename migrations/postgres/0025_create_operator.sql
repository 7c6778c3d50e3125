-- One row per operator: who may use the desk.
create table operator (
    name          text collate "C" not null primary key,
    role          text not null,   -- viewer | operator | administrator
    password_hash text,            -- argon2id; null: he has none yet, and cannot sign in
    created_at    bigint not null,
    disabled_at   bigint
);
