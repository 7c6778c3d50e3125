-- One row per profile of an open proposal of the matcher: how the proposals that concern a profile are found.
create table review_member (
    review_id text not null,
    record_id text not null, -- as proposed: an alias is followed, never rewritten
    primary key (review_id, record_id)
);
create index review_member_record on review_member (record_id);
