-- What aggregates were at some of their versions, as folded from the log by the fold of a version.
CREATE TABLE snapshots (
  aggregate_id VARCHAR(255) NOT NULL,
  version BIGINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  aggregate_type VARCHAR(255) NOT NULL,
  -- `snapshot`; `beginning`: what is left of the events that a stream began with, which were truncated; `erased`: such a
  -- beginning without its data, which is no snapshot any more
  kind VARCHAR(16) NOT NULL,
  fold_version INTEGER NOT NULL,
  state LONGTEXT NOT NULL,
  metadata LONGTEXT NOT NULL,
  is_active SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  PRIMARY KEY (aggregate_id, version)
);
CREATE UNIQUE INDEX snapshots_by_id ON snapshots (id);
CREATE INDEX snapshots_by_type ON snapshots (aggregate_type, id);
CREATE INDEX snapshots_by_fold ON snapshots (fold_version);

-- Whose truncated events the beginnings of streams are made of.
CREATE TABLE snapshot_subjects (
  -- a hash: subjects may be of any length
  subject_key VARCHAR(64) NOT NULL,
  aggregate_id VARCHAR(255) NOT NULL,
  PRIMARY KEY (subject_key, aggregate_id)
);
CREATE INDEX snapshot_subjects_by_aggregate ON snapshot_subjects (aggregate_id);

-- `position`: how far the log was looked through for snapshots that are due. `erasures`: how often some were erased.
CREATE TABLE snapshot_counters (
  name VARCHAR(16) NOT NULL,
  counted BIGINT NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO snapshot_counters (name, counted) VALUES ('position', 0), ('erasures', 0);
