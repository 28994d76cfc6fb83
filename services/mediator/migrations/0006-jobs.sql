CREATE TABLE jobs (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(64) NOT NULL,
  -- grows with the time of the creation
  order_key VARCHAR(36) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  settings LONGTEXT NOT NULL,
  status VARCHAR(9) NOT NULL,
  next_run BIGINT,
  last_run BIGINT,
  -- its unique key, as long as it is open
  open_key VARCHAR(255),
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (mediator_key, id)
);
CREATE UNIQUE INDEX jobs_by_open_key ON jobs (mediator_key, open_key);
CREATE INDEX jobs_in_order ON jobs (mediator_key, order_key);
CREATE INDEX jobs_by_status ON jobs (mediator_key, status, order_key);
CREATE INDEX jobs_by_end ON jobs (ended_at);

CREATE TABLE job_runs (
  mediator_key BIGINT NOT NULL,
  -- of a tick: made of the job and the time of the tick, so that no tick has two
  id VARCHAR(255) NOT NULL,
  job_id VARCHAR(64) NOT NULL,
  order_key VARCHAR(36) NOT NULL,
  -- NULL for the run of a tick
  request_hash VARCHAR(64),
  scheduled_for BIGINT NOT NULL,
  -- in place of the data of the job
  data LONGTEXT,
  trace TEXT NOT NULL,
  status VARCHAR(9) NOT NULL,
  attempts INTEGER NOT NULL,
  -- what comes at due_at by itself: the end of the try, or the next one
  waits_for VARCHAR(6),
  due_at BIGINT,
  result LONGTEXT,
  error LONGTEXT,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (mediator_key, id)
);
CREATE INDEX job_runs_in_order ON job_runs (mediator_key, job_id, order_key);
CREATE INDEX job_runs_by_status ON job_runs (mediator_key, job_id, status, order_key);
CREATE INDEX job_runs_by_end ON job_runs (ended_at);
CREATE INDEX job_runs_in_status ON job_runs (status);
