-- What waits at one system, for whoever works it off. An empty system: the hub's own question.
create index review_at_system on review (system_id, kind, opened_at) where state = 'open';
