-- How many events and how many aggregates of each type the log holds. A second generation grows beside the one that is
-- read while everything is counted anew.
CREATE TABLE log_counts (
  generation BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  -- types may be longer than keys
  type_hash VARCHAR(64) NOT NULL,
  type TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (generation, kind, type_hash)
);

-- A single row: which generation is read, and what it counts: the events after counted_after up to position.
CREATE TABLE log_counts_state (
  id INTEGER NOT NULL,
  generation BIGINT NOT NULL,
  position BIGINT NOT NULL,
  counted_after BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);
