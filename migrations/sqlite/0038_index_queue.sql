-- What waits, with all that the queue filters, orders and counts by: of twenty thousand only a page is read from the table.
-- `state` is always the same in it, and there because SQLite would look it up in the table.
create index review_queue on review (state, kind, arrives_on, probability, opened_at, review_id, of_kind, record_id,
    system_id, postponed_until) where state = 'open';
