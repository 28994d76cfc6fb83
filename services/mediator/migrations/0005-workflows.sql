-- Runs of workflows. `state` is the fold of the run's events, of which there are `sequence`.
CREATE TABLE workflows (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(255) NOT NULL,
  name VARCHAR(64) NOT NULL,
  status VARCHAR(16) NOT NULL,
  sequence BIGINT NOT NULL,
  -- the copy by which this run goes until it ends
  definition LONGTEXT NOT NULL,
  state LONGTEXT NOT NULL,
  trace LONGTEXT NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  next_action_at BIGINT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (mediator_key, id)
);
CREATE INDEX workflows_by_age ON workflows (mediator_key, created_at, id);
CREATE INDEX workflows_by_name ON workflows (mediator_key, name, created_at, id);
CREATE INDEX workflows_by_status ON workflows (mediator_key, status, created_at, id);
CREATE INDEX workflows_counted ON workflows (status);
CREATE INDEX workflows_ended ON workflows (ended_at);

-- What happened to each run, from 1 without gaps.
CREATE TABLE workflow_events (
  mediator_key BIGINT NOT NULL,
  run_id VARCHAR(255) NOT NULL,
  sequence BIGINT NOT NULL,
  type VARCHAR(32) NOT NULL,
  at BIGINT NOT NULL,
  step_id VARCHAR(64),
  data LONGTEXT NOT NULL,
  PRIMARY KEY (mediator_key, run_id, sequence)
);

-- The signals that runs were sent, to know the same one again.
CREATE TABLE workflow_signals (
  mediator_key BIGINT NOT NULL,
  run_id VARCHAR(255) NOT NULL,
  id VARCHAR(64) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (mediator_key, run_id, id)
);
