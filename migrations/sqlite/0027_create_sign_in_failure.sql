-- One row per name with which signing in failed lately, whether an operator has it or not.
create table sign_in_failure (
    who     text not null primary key,
    count   bigint not null,
    last_at bigint not null
);
