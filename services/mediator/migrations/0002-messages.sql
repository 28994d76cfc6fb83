-- Numbers messages in the order in which they are committed.
CREATE TABLE message_counter (
  id SMALLINT NOT NULL,
  taken BIGINT NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO message_counter (id, taken) VALUES (1, 0);

CREATE TABLE messages (
  mediator_key BIGINT NOT NULL,
  id VARCHAR(255) NOT NULL,
  -- unique among the messages of all mediators
  sequence BIGINT NOT NULL,
  kind VARCHAR(12) NOT NULL,
  type VARCHAR(64) NOT NULL,
  body LONGTEXT NOT NULL,
  sender_id VARCHAR(64),
  is_broadcast SMALLINT NOT NULL,
  priority VARCHAR(6) NOT NULL,
  source VARCHAR(255),
  correlation_id VARCHAR(255),
  accepted_at BIGINT NOT NULL,
  deliver_at BIGINT,
  expires_at BIGINT,
  deadline BIGINT,
  timeout_ms BIGINT NOT NULL,
  retry TEXT NOT NULL,
  trace TEXT NOT NULL,
  status VARCHAR(9) NOT NULL,
  result LONGTEXT,
  error LONGTEXT,
  -- receipts from which something is still to come
  open_receipts INTEGER NOT NULL,
  ended_at BIGINT,
  -- NULL where no call has made it
  request_hash VARCHAR(64),
  -- of a query whose answer may be given again
  cache_key VARCHAR(64),
  -- of work: who gave it out, and what for
  work_source VARCHAR(16),
  work_ref VARCHAR(255),
  PRIMARY KEY (mediator_key, id)
);
CREATE INDEX messages_by_sequence ON messages (mediator_key, sequence);
CREATE INDEX messages_by_status ON messages (mediator_key, status, sequence);
CREATE INDEX messages_by_cache_key ON messages (mediator_key, cache_key, ended_at);
CREATE INDEX messages_by_end ON messages (ended_at);

-- One row per message and recipient: together the mailboxes of all colleagues.
CREATE TABLE receipts (
  -- of the message
  sequence BIGINT NOT NULL,
  recipient_id VARCHAR(64) NOT NULL,
  mediator_key BIGINT NOT NULL,
  status VARCHAR(9) NOT NULL,
  -- the place in the mailbox, by priority and then by sequence; NULL while it cannot be taken: before its time, while
  -- whoever gave out the work decides about it, and after its end
  place BIGINT,
  -- the sender, where messages of one sender must not overtake each other; NULL where they may, and without a place
  lane VARCHAR(64),
  -- may be taken from then on: of one that waits for its next try, or is in somebody's hands
  available_at BIGINT NOT NULL,
  -- is not handed out after that
  lapses_at BIGINT,
  attempts INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  delivered_at BIGINT,
  acked_at BIGINT,
  error LONGTEXT,
  -- of a command or query
  answer LONGTEXT,
  -- the attempt that was answered
  answered_attempt INTEGER,
  PRIMARY KEY (sequence, recipient_id)
);
CREATE INDEX receipts_by_place ON receipts (mediator_key, recipient_id, place);
CREATE INDEX receipts_by_lane ON receipts (mediator_key, recipient_id, lane, place);
CREATE INDEX receipts_by_status ON receipts (status, mediator_key, recipient_id, failures);

-- Locked by whoever takes something from a mailbox; made when that is done first.
CREATE TABLE mailboxes (
  mediator_key BIGINT NOT NULL,
  colleague_id VARCHAR(64) NOT NULL,
  PRIMARY KEY (mediator_key, colleague_id)
);
