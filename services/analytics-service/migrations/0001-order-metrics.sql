-- One row per order: what the totals below are made of, and what a later event of the order is counted against.
CREATE TABLE order_metrics (
  order_id VARCHAR(64) NOT NULL,
  customer_id VARCHAR(64) NOT NULL,
  product_id VARCHAR(64) NOT NULL,
  quantity INTEGER NOT NULL,
  total_amount_minor BIGINT NOT NULL,
  -- for people who look at the table; stored nowhere
  total_amount DECIMAL(12, 2) GENERATED ALWAYS AS (total_amount_minor / 100.0) VIRTUAL,
  status VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  processed_at BIGINT NOT NULL,
  PRIMARY KEY (order_id)
);
CREATE INDEX order_metrics_customer_id ON order_metrics (customer_id);
CREATE INDEX order_metrics_product_id ON order_metrics (product_id);
CREATE INDEX order_metrics_processed_at ON order_metrics (processed_at);
