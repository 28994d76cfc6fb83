CREATE TABLE workflow_definitions (
  mediator_key BIGINT NOT NULL,
  name VARCHAR(64) NOT NULL,
  version INTEGER NOT NULL,
  -- in the order in which the versions of all definitions of the mediator came
  number BIGINT NOT NULL,
  is_newest SMALLINT NOT NULL,
  -- JSON, the same text for equal definitions
  definition LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- since when it is removed: kept for a while, so that the next of its name has another version
  ended_at BIGINT,
  PRIMARY KEY (mediator_key, name, version)
);
CREATE UNIQUE INDEX workflow_definitions_by_number ON workflow_definitions (mediator_key, number);
CREATE INDEX workflow_definitions_by_end ON workflow_definitions (ended_at);
