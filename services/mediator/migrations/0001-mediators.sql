CREATE TABLE mediators (
  -- no later mediator of the same name has it again
  mediator_key BIGINT NOT NULL,
  name VARCHAR(64) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  description TEXT,
  -- JSON
  metadata LONGTEXT,
  -- another text after every change of the mediator and of its colleagues: who keeps them in memory sees by it whether they
  -- are stale
  revision VARCHAR(36) NOT NULL,
  -- how many colleagues have ever been registered
  registrations BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (mediator_key)
);
CREATE UNIQUE INDEX mediators_by_name ON mediators (name);

CREATE TABLE colleagues (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(64) NOT NULL,
  -- in the order of their registration
  number BIGINT NOT NULL,
  -- JSON: what was said of it when it was registered or changed
  settings LONGTEXT NOT NULL,
  -- 1 when the settings have an endpoint: who calls those asks for them
  has_endpoint SMALLINT NOT NULL,
  -- 0 while someone has set it inactive
  is_enabled SMALLINT NOT NULL,
  last_activity BIGINT NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  PRIMARY KEY (mediator_key, id)
);
CREATE UNIQUE INDEX colleagues_by_number ON colleagues (mediator_key, number);

-- `keys`: how many were given out. `mediators`, `colleagues`: how many there are, of which the limits are kept.
CREATE TABLE mediator_counters (
  name VARCHAR(16) NOT NULL,
  counted BIGINT NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO mediator_counters (name, counted) VALUES ('keys', 0), ('mediators', 0), ('colleagues', 0);
