-- When objects are to be looked at again, one row for each that has such a time.
CREATE TABLE timers (
  kind VARCHAR(32) NOT NULL,
  mediator_key BIGINT NOT NULL,
  id VARCHAR(255) NOT NULL,
  due_at BIGINT NOT NULL,
  -- from when an instance may take it: the due time, later the end of a claim, or the next try after a failure
  fires_at BIGINT NOT NULL,
  -- of the instance that has it in hand; empty as soon as it is set anew
  claim VARCHAR(36) NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (kind, mediator_key, id)
);
CREATE INDEX timers_by_time ON timers (fires_at);
