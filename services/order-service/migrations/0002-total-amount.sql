-- For people who look at the table; stored nowhere.
ALTER TABLE orders ADD COLUMN total_amount DECIMAL(12, 2) GENERATED ALWAYS AS (total_amount_minor / 100.0) VIRTUAL;
