-- The next arrival of one of the profiles that a proposal of the matcher is about: the nearest is decided first.
alter table review add column arrives_on text;
