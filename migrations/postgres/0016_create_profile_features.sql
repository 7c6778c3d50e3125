-- One row per profile in which duplicates are searched: what comparing needs of it. Personal data; never shown or sent.
create table profile_features (
    number      bigint generated always as identity primary key, -- how postings and pairs name the profile
    record_id   text collate "C" not null unique,
    kind        text not null,
    fingerprint bigint not null, -- of the fields that it was made of
    form        bigint not null, -- what the bytes mean: those of another form are made anew
    features    bytea not null
);
