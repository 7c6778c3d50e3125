-- Copies of what roll-ups and control totals add up, so that neither opens a document. Only of reservations.
alter table record add column holder text collate "C"; -- the record of the person, as it was when linked: its root is looked up
alter table record add column status text;
alter table record add column property text;
alter table record add column channel text;
alter table record add column nights bigint;
alter table record add column lead_days bigint; -- from the booking to the arrival
alter table record add column currency text; -- of the amounts that follow; one in another currency has no copy
alter table record add column amount bigint; -- minor units, like those that follow: copy of the field `total`
alter table record add column room_spend bigint;
alter table record add column other_spend bigint; -- food, beverage and the rest
alter table record add column worth bigint; -- what was spent, as far as known, else the total
alter table record add column stepped_back bigint; -- 1: another leg of its chain stands for the stay
create index record_holder on record (holder) where holder is not null;
-- Rows from before have no copies yet: this position is moved through them, and goes when it is at their end.
insert into cursor (system_id, stream, cursor, moved_at)
select '', 'figures', '', 0 where exists (select 1 from record where kind = 'reservation');
