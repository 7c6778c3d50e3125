-- The queue is read in its order and no further than a page. What it filters by is in the indexes too, so that what is left
-- out costs no look into the table.
drop index review_queue;
-- Who arrives, the next one first.
create index review_coming on review (arrives_on,
    (case kind when 'duplicates' then 1 when 'household' then 2 else 0 end), (coalesce(-probability, 0)), opened_at,
    review_id, kind, of_kind, record_id, system_id, postponed_until)
    where state = 'open' and kind <> 'hold' and arrives_on is not null;
-- Who does not; the counts are read from it.
create index review_waiting on review (
    (case kind when 'duplicates' then 1 when 'household' then 2 else 0 end), (coalesce(-probability, 0)), opened_at,
    review_id, arrives_on, kind, of_kind, record_id, system_id, postponed_until)
    where state = 'open' and kind <> 'hold';
create index review_held on review (kind) where state = 'open' and kind = 'hold';
