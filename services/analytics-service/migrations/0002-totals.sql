-- Totals are kept up to date with each batch of events, so that no answer ever reads order_metrics.
-- Everywhere: orders counts all that were placed; quantity and revenue leave cancelled orders out.

-- A single row. version grows with every applied event and never goes back.
CREATE TABLE order_totals (
  id INTEGER NOT NULL,
  total_orders BIGINT NOT NULL,
  cancelled_orders BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  version BIGINT NOT NULL,
  last_event_at BIGINT,
  PRIMARY KEY (id)
);

CREATE TABLE product_totals (
  product_id VARCHAR(64) NOT NULL,
  orders BIGINT NOT NULL,
  cancelled_orders BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  PRIMARY KEY (product_id)
);
CREATE INDEX product_totals_by_revenue ON product_totals (revenue_minor DESC, product_id);

CREATE TABLE customer_totals (
  customer_id VARCHAR(64) NOT NULL,
  orders BIGINT NOT NULL,
  cancelled_orders BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  PRIMARY KEY (customer_id)
);
CREATE INDEX customer_totals_by_revenue ON customer_totals (revenue_minor DESC, customer_id);

CREATE TABLE status_totals (
  status VARCHAR(16) NOT NULL,
  orders BIGINT NOT NULL,
  PRIMARY KEY (status)
);

-- start_at is the beginning of the minute, hour or day (UTC) in which the orders were placed.
CREATE TABLE time_totals (
  bucket VARCHAR(8) NOT NULL,
  start_at BIGINT NOT NULL,
  orders BIGINT NOT NULL,
  cancelled_orders BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  PRIMARY KEY (bucket, start_at)
);

INSERT INTO order_totals (id, total_orders, cancelled_orders, revenue_minor, version, last_event_at)
VALUES (1, 0, 0, 0, 0, NULL);
