-- One row per rebuild of the totals. active is 1 until it has ended, then null: so there is one at a time.
-- fence names who works on it; what a former one still writes is refused. difference is JSON.
CREATE TABLE rebuilds (
  id VARCHAR(36) NOT NULL,
  active INTEGER,
  fence BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  shadow INTEGER NOT NULL,
  processed BIGINT NOT NULL,
  position BIGINT NOT NULL,
  skipped_erased BIGINT NOT NULL,
  skipped_other BIGINT NOT NULL,
  kept_orders BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  difference LONGTEXT,
  error TEXT,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX rebuilds_active ON rebuilds (active);
