-- One row per call that waits, so that each leaves the line for itself: the same call made again stands in the same place.
-- What stood there was of calls that the upgrade has ended.
DROP TABLE resource_waiters;
CREATE TABLE resource_waiters (
  mediator_key BIGINT NOT NULL,
  resource_id VARCHAR(64) NOT NULL,
  lease_id VARCHAR(64) NOT NULL,
  call_id VARCHAR(36) NOT NULL DEFAULT '',
  -- one for all calls that ask for the same lease
  place BIGINT NOT NULL,
  came_at BIGINT NOT NULL,
  -- the call is taken for gone after that, unless it has looked again
  seen_until BIGINT NOT NULL,
  PRIMARY KEY (mediator_key, resource_id, lease_id, call_id)
);
CREATE INDEX resource_waiters_in_line ON resource_waiters (mediator_key, resource_id, place);
