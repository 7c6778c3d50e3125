-- One row per profile that can be found. Personal data.
create table search_document (
    number    bigint generated always as identity primary key, -- how postings name the profile
    record_id text collate "C" not null unique, -- a root
    words     text not null, -- of the root and of everything merged into it, in order, one space between them
    bookings  bigint, -- of a company or an agency, its reservations of all properties; else absent, like those that follow
    nights    bigint,
    revenue   text    -- minor units by currency, as JSON
);
create index search_document_bookings on search_document (bookings desc, number) where bookings is not null;
