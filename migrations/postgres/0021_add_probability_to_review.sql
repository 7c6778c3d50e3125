-- How probable it is that the profiles of a proposal are one, in parts per million: of two with the same arrival the more
-- probable one is decided first.
alter table review add column probability bigint;
