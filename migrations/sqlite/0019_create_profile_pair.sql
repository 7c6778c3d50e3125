-- One row per pair of profiles that are not surely two, or that share a contact. The lower number is a.
create table profile_pair (
    a          bigint not null,
    b          bigint not null,
    ppm        bigint not null, -- probability that they are one, in parts per million
    band       text not null,
    vetoed     bigint not null, -- 1: something certain speaks against it
    updated_at bigint not null,
    primary key (a, b)
) without rowid;
create index profile_pair_b on profile_pair (b, a);
