-- One row per mediator that has tasks, locked by whoever changes any of them.
CREATE TABLE task_queues (
  mediator_key BIGINT NOT NULL PRIMARY KEY,
  -- how often it was locked: the lock is the update
  changes BIGINT NOT NULL
);

CREATE TABLE tasks (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(64) NOT NULL,
  -- grows with the time of the creation
  order_key VARCHAR(36) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  settings LONGTEXT NOT NULL,
  handler_id VARCHAR(64),
  type VARCHAR(64),
  concurrency_key VARCHAR(255),
  concurrency INTEGER NOT NULL,
  status VARCHAR(9) NOT NULL,
  -- the least is claimed first
  turn BIGINT NOT NULL,
  -- of a pending task: not claimed before that
  available_at BIGINT,
  attempts INTEGER NOT NULL,
  progress INTEGER NOT NULL,
  colleague_id VARCHAR(64),
  -- fencing token of the last claim
  token BIGINT NOT NULL,
  -- how whoever had that token said that its try ended
  answer VARCHAR(9),
  lease_ms BIGINT,
  lease_until BIGINT,
  result LONGTEXT,
  error LONGTEXT,
  -- its unique key, as long as it is open
  open_key VARCHAR(255),
  started_at BIGINT,
  ended_at BIGINT,
  PRIMARY KEY (mediator_key, id)
);
CREATE UNIQUE INDEX tasks_by_open_key ON tasks (mediator_key, open_key);
CREATE INDEX tasks_in_order ON tasks (mediator_key, order_key);
CREATE INDEX tasks_by_status ON tasks (mediator_key, status, order_key);
CREATE INDEX tasks_by_turn ON tasks (status, mediator_key, turn, order_key);
CREATE INDEX tasks_by_concurrency_key ON tasks (mediator_key, concurrency_key, status);
CREATE INDEX tasks_by_end ON tasks (ended_at);

-- Which tasks wait, or have waited, for which.
CREATE TABLE task_dependencies (
  mediator_key BIGINT NOT NULL,
  task_id VARCHAR(64) NOT NULL,
  dependency_id VARCHAR(64) NOT NULL,
  PRIMARY KEY (mediator_key, task_id, dependency_id)
);
CREATE INDEX task_dependents ON task_dependencies (mediator_key, dependency_id, task_id);
