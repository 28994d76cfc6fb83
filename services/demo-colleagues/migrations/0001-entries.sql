-- What a colleague has done, entry by entry: what it did to an order, what it took back, and what it refused (amount 0).
-- The answer lies beside the effect, so that a command that comes again is answered again.
CREATE TABLE entries (
  command_id VARCHAR(255) NOT NULL,
  number BIGINT NOT NULL,
  -- the command that did what this entry does or takes back
  booking_id VARCHAR(255) NOT NULL,
  -- `do`, `undo`
  kind VARCHAR(8) NOT NULL,
  order_id VARCHAR(64) NOT NULL,
  amount BIGINT NOT NULL,
  answer LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (command_id)
);
CREATE UNIQUE INDEX entries_by_number ON entries (number);
CREATE INDEX entries_by_booking ON entries (booking_id);
CREATE INDEX entries_by_order ON entries (order_id, number);

-- The sum and the count of all entries; whoever writes one holds this row, so commands are answered one by one.
CREATE TABLE totals (
  id SMALLINT NOT NULL,
  amount BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO totals (id, amount, entries) VALUES (1, 0, 0);
