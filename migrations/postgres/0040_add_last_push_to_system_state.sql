-- When the last pushed request of a system was taken; null: it has never pushed.
alter table system_state add column last_push_at bigint;
