-- One row per word of a profile that can be found.
create table search_posting (
    word   text collate "C" not null, -- folded; see the module `search`
    number bigint not null,
    primary key (word, number)
);
-- One row per word of a name and hash by which it is found in spite of a typo.
create table search_variant (
    variant bigint not null,
    word    text collate "C" not null,
    primary key (variant, word)
);
