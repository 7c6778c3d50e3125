-- One row per profile whose households have to be looked at. Whoever has looked deletes it, unless it was touched since.
create table household_due (
    record_id text not null primary key,
    touched   bigint not null
);
-- What was found before was never asked about.
insert into household_due (record_id, touched)
select f.record_id, 1 from profile_features f
where f.number in (select a from profile_pair where band = 'household'
    union select b from profile_pair where band = 'household');
