-- How many events were passed over because a later one came within the period of the observer's debounce.
ALTER TABLE observer_states ADD COLUMN superseded BIGINT NOT NULL DEFAULT 0;
