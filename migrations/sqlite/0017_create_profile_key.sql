-- One row per profile and key that it can be found by. Hashes only; a block that is too large is parted by the parts.
create table profile_key (
    hash   bigint not null,
    part1  bigint not null,
    part2  bigint not null,
    number bigint not null,
    primary key (hash, part1, part2, number)
) without rowid;
