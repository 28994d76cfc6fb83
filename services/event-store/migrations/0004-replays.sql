-- How many events and how many aggregates of each type the log holds. A second generation grows beside the one that is
-- read while everything is counted anew.
CREATE TABLE log_counts (
  -- id of the replay that made it
  generation VARCHAR(36) NOT NULL,
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
  generation VARCHAR(36) NOT NULL,
  position BIGINT NOT NULL,
  counted_after BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);

-- The past, delivered or counted again. Whoever runs a replay holds it until lease_until; fence grows with each holder.
CREATE TABLE replays (
  id VARCHAR(36) NOT NULL,
  state VARCHAR(16) NOT NULL,
  request LONGTEXT NOT NULL,
  position BIGINT NOT NULL,
  total BIGINT,
  processed BIGINT NOT NULL,
  errors BIGINT NOT NULL,
  last_error TEXT,
  findings TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  owner VARCHAR(36) NOT NULL,
  lease_until BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX replays_due ON replays (state, lease_until);

-- What shadow replays have found; the first thousand of each.
CREATE TABLE replay_differences (
  replay_id VARCHAR(36) NOT NULL,
  place BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  subject TEXT,
  difference LONGTEXT NOT NULL,
  PRIMARY KEY (replay_id, place)
);
