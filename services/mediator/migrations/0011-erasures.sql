-- Whom this service was told to forget, as a hash, and whether it has. What is archived meanwhile waits for that.
CREATE TABLE erasures (
  subject_key CHAR(64) NOT NULL,
  erased_at BIGINT NOT NULL,
  is_done SMALLINT NOT NULL,
  PRIMARY KEY (subject_key)
);
CREATE INDEX erasures_open ON erasures (is_done);
