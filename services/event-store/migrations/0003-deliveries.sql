-- One row per observer: how far it has come, how well it answers, and which instance serves it.
CREATE TABLE observer_states (
  observer_id VARCHAR(255) NOT NULL,
  position BIGINT NOT NULL,
  breaker_state VARCHAR(8) NOT NULL DEFAULT 'closed',
  failures INTEGER NOT NULL DEFAULT 0,
  successes BIGINT NOT NULL DEFAULT 0,
  last_failure_at BIGINT,
  next_attempt_at BIGINT,
  last_delivery_at BIGINT,
  -- attempts so far: numbers the rows of observer_deliveries
  attempts BIGINT NOT NULL DEFAULT 0,
  failed_attempts BIGINT NOT NULL DEFAULT 0,
  blocked VARCHAR(16),
  owner VARCHAR(64) NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  -- grows whenever whoever serves the observer has to begin again; what is written under an older one is refused
  fence BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (observer_id)
);
CREATE INDEX observer_states_by_owner ON observer_states (owner);
CREATE INDEX observer_states_by_lease ON observer_states (lease_until);

-- Events that failed, and those of the same subject that wait behind them. The cursor is beyond all of them.
CREATE TABLE observer_failures (
  observer_id VARCHAR(255) NOT NULL,
  position BIGINT NOT NULL,
  id VARCHAR(36) NOT NULL,
  event_id VARCHAR(255) NOT NULL,
  event_type VARCHAR(255) NOT NULL,
  -- a hash of the subject, which may be of any length
  order_key VARCHAR(64) NOT NULL,
  state VARCHAR(8) NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at BIGINT,
  failed_at BIGINT,
  last_retry BIGINT,
  error TEXT,
  -- given by an operator in place of the event's own
  edited_data LONGTEXT,
  PRIMARY KEY (observer_id, position)
);
CREATE UNIQUE INDEX observer_failures_by_id ON observer_failures (id);
CREATE INDEX observer_failures_due ON observer_failures (observer_id, state, next_attempt_at);
CREATE INDEX observer_failures_by_key ON observer_failures (observer_id, order_key, position);
CREATE INDEX observer_failures_by_position ON observer_failures (position);
CREATE INDEX observer_failures_by_subject ON observer_failures (order_key);

-- The newest attempts of each observer.
CREATE TABLE observer_deliveries (
  observer_id VARCHAR(255) NOT NULL,
  sequence BIGINT NOT NULL,
  position BIGINT NOT NULL,
  event_id VARCHAR(255) NOT NULL,
  event_type VARCHAR(255) NOT NULL,
  order_key VARCHAR(64) NOT NULL,
  status VARCHAR(9) NOT NULL,
  status_code INTEGER,
  attempt INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  attempted_at BIGINT NOT NULL,
  error TEXT,
  PRIMARY KEY (observer_id, sequence)
);
CREATE INDEX observer_deliveries_by_position ON observer_deliveries (position);

CREATE TABLE delivery_errors (
  event_type VARCHAR(255) NOT NULL,
  errors BIGINT NOT NULL,
  PRIMARY KEY (event_type)
);

-- How long deliveries took: a histogram per type whose buckets grow by an eighth of an octave.
CREATE TABLE delivery_times (
  event_type VARCHAR(255) NOT NULL,
  bucket INTEGER NOT NULL,
  deliveries BIGINT NOT NULL,
  total_ms BIGINT NOT NULL,
  max_ms BIGINT NOT NULL,
  PRIMARY KEY (event_type, bucket)
);

-- What receivers that have to be asked have permitted (CloudEvents web hooks, §4).
CREATE TABLE observer_handshakes (
  observer_id VARCHAR(255) NOT NULL,
  endpoint VARCHAR(2048) NOT NULL,
  -- names this observer in the callback by which a receiver may answer later
  token VARCHAR(64) NOT NULL,
  granted_at BIGINT,
  -- requests per minute; NULL is without limit
  rate BIGINT,
  PRIMARY KEY (observer_id)
);
CREATE UNIQUE INDEX observer_handshakes_by_token ON observer_handshakes (token);

-- The instances that deliver, each for as long as it is heard of.
CREATE TABLE delivery_instances (
  owner VARCHAR(64) NOT NULL,
  seen_until BIGINT NOT NULL,
  PRIMARY KEY (owner)
);
