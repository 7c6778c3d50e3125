-- Programs read what waits page by page, in the order of the ids.
create index review_open_id on review (review_id) where state = 'open';
