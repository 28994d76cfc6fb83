-- Ids are UUIDv7, so the primary key is also the order of creation: lists read it backwards, filtered ones an index
-- that ends with it. InnoDB ends each index with the primary key anyway; SQLite has to be told.
CREATE TABLE orders (
  id VARCHAR(36) NOT NULL,
  customer_id VARCHAR(64) NOT NULL,
  product_id VARCHAR(64) NOT NULL,
  quantity INTEGER NOT NULL,
  total_amount_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  status VARCHAR(20) NOT NULL,
  version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX orders_idx_customer_id ON orders (customer_id, id);
CREATE INDEX orders_idx_product_id ON orders (product_id);
CREATE INDEX orders_idx_status ON orders (status, id);
CREATE INDEX orders_idx_created_at ON orders (created_at);

CREATE TABLE idempotency_keys (
  idempotency_key VARCHAR(255) NOT NULL,
  body_hash CHAR(64) NOT NULL,
  order_id VARCHAR(36) NOT NULL,
  answer LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
