CREATE TABLE resources (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(64) NOT NULL,
  -- grows with the time of the creation
  order_key VARCHAR(36) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  name VARCHAR(64) NOT NULL,
  type VARCHAR(64),
  capacity BIGINT NOT NULL,
  -- taken outside of leases
  used_outside BIGINT NOT NULL,
  -- fencing token of the last lease
  token BIGINT NOT NULL,
  -- the last place in line that was given
  last_place BIGINT NOT NULL,
  grants BIGINT NOT NULL,
  waited_ms BIGINT NOT NULL,
  last_access BIGINT,
  PRIMARY KEY (mediator_key, id)
);
CREATE INDEX resources_in_order ON resources (mediator_key, order_key);

-- Whether a lease has run out is seen by its time: its row may still say that it is held.
CREATE TABLE resource_leases (
  mediator_key BIGINT NOT NULL,
  resource_id VARCHAR(64) NOT NULL,
  id VARCHAR(64) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  colleague_id VARCHAR(64) NOT NULL,
  amount BIGINT NOT NULL,
  token BIGINT NOT NULL,
  status VARCHAR(8) NOT NULL,
  lease_ms BIGINT NOT NULL,
  granted_at BIGINT NOT NULL,
  -- since when it is released or has run out, or when it will
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (mediator_key, resource_id, id)
);
CREATE INDEX resource_leases_in_order ON resource_leases (mediator_key, resource_id, token);
CREATE INDEX resource_leases_held ON resource_leases (mediator_key, resource_id, status, lease_until, amount);
CREATE INDEX resource_leases_by_colleague ON resource_leases (mediator_key, colleague_id, status);
CREATE INDEX resource_leases_by_end ON resource_leases (lease_until);

-- Who stands in line for room, one row per call that waits.
CREATE TABLE resource_waiters (
  mediator_key BIGINT NOT NULL,
  resource_id VARCHAR(64) NOT NULL,
  lease_id VARCHAR(64) NOT NULL,
  place BIGINT NOT NULL,
  came_at BIGINT NOT NULL,
  -- the call is taken for gone after that, unless it has looked again
  seen_until BIGINT NOT NULL,
  PRIMARY KEY (mediator_key, resource_id, lease_id)
);
CREATE INDEX resource_waiters_in_line ON resource_waiters (mediator_key, resource_id, place);
