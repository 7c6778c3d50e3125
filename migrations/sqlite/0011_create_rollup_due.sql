-- One row per person whose roll-ups have to be counted anew. Whoever counts deletes it, unless it was touched since.
create table rollup_due (
    person_id text not null primary key, -- as the reservation names him; empty: everybody with a reservation changed since marked_at
    lane      bigint not null, -- 2 live, 3 backfill
    touched   bigint not null,
    marked_at bigint not null
);
