-- One row per profile whose duplicates have to be looked for. Whoever has looked deletes it, unless it was touched since.
create table match_due (
    record_id text not null primary key, -- empty: everything has to be looked at since marked_at
    touched   bigint not null,
    marked_at bigint not null
);
-- What was there before has no features yet.
insert into match_due (record_id, touched, marked_at)
select '', 1, 0 where exists (select 1 from record where kind in ('person', 'company', 'agency'));
