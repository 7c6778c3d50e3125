-- Copies of whose business a reservation is, so that the bookings of a company or an agency are found and added up without
-- opening a document.
alter table record add column company text; -- as it was when linked: its root is looked up
alter table record add column agency text;
create index record_company on record (company) where company is not null;
create index record_agency on record (agency) where agency is not null;
-- Rows from before have no copies yet: they get them with their other figures.
insert into cursor (system_id, stream, cursor, moved_at)
select '', 'figures', '', 0 where exists (select 1 from record where kind = 'reservation')
on conflict (system_id, stream) do update set cursor = '';
