CREATE TABLE notifications (
  id VARCHAR(36) NOT NULL,
  event_id VARCHAR(128) NOT NULL,
  channel VARCHAR(16) NOT NULL,
  order_id VARCHAR(64) NOT NULL,
  customer_id VARCHAR(64),
  event_name VARCHAR(64) NOT NULL,
  event_data LONGTEXT NOT NULL,
  correlation_id VARCHAR(256),
  traceparent VARCHAR(64),
  state VARCHAR(8) NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at BIGINT,
  claimed_by VARCHAR(36),
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  reason TEXT,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX notifications_once ON notifications (event_id, channel);
CREATE INDEX notifications_due ON notifications (channel, due_at, id);
CREATE INDEX notifications_by_order ON notifications (order_id, id);
CREATE INDEX notifications_by_state ON notifications (state, id);
