-- Parts of the log that are verified to be fetched. Held as replays are.
CREATE TABLE log_exports (
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
CREATE INDEX log_exports_due ON log_exports (state, lease_until);
