-- One row per notification and recipient.
CREATE TABLE mediator_notifications (
  mediator_key BIGINT NOT NULL,
  -- made of the id of the call and the recipient
  id VARCHAR(255) NOT NULL,
  -- of the call, which may have made several
  call_id VARCHAR(64) NOT NULL,
  order_key VARCHAR(36) NOT NULL,
  request_hash VARCHAR(64) NOT NULL,
  type VARCHAR(64) NOT NULL,
  content LONGTEXT NOT NULL,
  recipient_id VARCHAR(64) NOT NULL,
  priority VARCHAR(6) NOT NULL,
  -- who carries it; NULL when nobody does, and it waits in the list
  handler_id VARCHAR(64),
  trace TEXT NOT NULL,
  status VARCHAR(9) NOT NULL,
  failures INTEGER NOT NULL,
  retry_at BIGINT,
  error LONGTEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  read_at BIGINT,
  ended_at BIGINT,
  PRIMARY KEY (mediator_key, id)
);
CREATE INDEX mediator_notifications_by_call ON mediator_notifications (mediator_key, call_id, order_key);
CREATE INDEX mediator_notifications_in_order ON mediator_notifications (mediator_key, order_key);
CREATE INDEX mediator_notifications_by_recipient ON mediator_notifications (mediator_key, recipient_id, order_key);
CREATE INDEX mediator_notifications_unread ON mediator_notifications (mediator_key, recipient_id, read_at);
CREATE INDEX mediator_notifications_by_end ON mediator_notifications (ended_at);
