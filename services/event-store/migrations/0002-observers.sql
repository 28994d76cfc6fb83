CREATE TABLE observers (
  id VARCHAR(255) NOT NULL,
  definition LONGTEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX observers_by_age ON observers (created_at, id);

-- One row, counted up with every change to any observer: who keeps them in memory sees by it whether they are stale.
CREATE TABLE observer_changes (
  id INTEGER NOT NULL,
  change_count BIGINT NOT NULL,
  PRIMARY KEY (id)
);
