-- Until when an operator does not want to be asked, and who he was. Nothing else about the review changes.
alter table review add column postponed_until bigint;
alter table review add column postponed_by text;
