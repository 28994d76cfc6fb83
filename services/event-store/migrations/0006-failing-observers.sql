-- The first failure after an observer's last success; null when that was the last.
ALTER TABLE observer_states ADD COLUMN failing_since BIGINT;
