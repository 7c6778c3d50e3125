-- How many profiles have a value: hashes of names and countries; 1 counts all profiles.
create table profile_count (
    value bigint not null primary key,
    n     bigint not null
);
