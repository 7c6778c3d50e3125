-- Who has paused a system, and when: health is `paused` then. What stops by itself is `halted`.
alter table system_state add column paused_by text;
alter table system_state add column paused_at bigint;
