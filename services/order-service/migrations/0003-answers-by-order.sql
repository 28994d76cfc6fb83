-- The answers under which an order was placed, for who forgets its customer.
CREATE INDEX idempotency_keys_by_order ON idempotency_keys (order_id);
