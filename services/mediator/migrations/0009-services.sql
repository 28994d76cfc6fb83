-- Locked by whoever starts, stops or changes services of a mediator: they depend on each other.
CREATE TABLE service_registries (
  mediator_key BIGINT NOT NULL,
  -- so many commands were given in it: numbers the next
  commands BIGINT NOT NULL,
  PRIMARY KEY (mediator_key)
);

CREATE TABLE services (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(64) NOT NULL,
  -- grows with the time of the creation
  order_key VARCHAR(36) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  name VARCHAR(64) NOT NULL,
  type VARCHAR(64),
  dependencies LONGTEXT NOT NULL,
  handler_id VARCHAR(64),
  heartbeat_timeout_ms BIGINT NOT NULL,
  metrics LONGTEXT,
  last_heartbeat BIGINT,
  status VARCHAR(8) NOT NULL,
  -- what its handler is asked for now
  command LONGTEXT,
  start_time BIGINT,
  stop_time BIGINT,
  error LONGTEXT,
  PRIMARY KEY (mediator_key, id)
);
CREATE INDEX services_in_order ON services (mediator_key, order_key);
CREATE INDEX services_by_status ON services (mediator_key, status, order_key);

-- Services that are being started or stopped one after another.
CREATE TABLE service_plans (
  mediator_key BIGINT NOT NULL,
  -- grows with the time of the call
  id VARCHAR(36) NOT NULL,
  verb VARCHAR(5) NOT NULL,
  -- those that are still to come, the first of them begun or not
  remaining LONGTEXT NOT NULL,
  is_begun SMALLINT NOT NULL,
  trace TEXT NOT NULL,
  PRIMARY KEY (mediator_key, id)
);
