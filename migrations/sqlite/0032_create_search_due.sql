-- One row per profile whose words have to be looked at. Whoever has looked deletes it, unless it was touched since.
create table search_due (
    record_id text not null primary key, -- empty: every profile has to be looked at that was changed since marked_at
    touched   bigint not null,
    marked_at bigint not null
);
-- What was there before cannot be found yet.
insert into search_due (record_id, touched, marked_at)
select '', 1, 0 where exists (select 1 from record where kind in ('person', 'company', 'agency'));
