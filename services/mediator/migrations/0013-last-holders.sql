-- Whose claim the token is, also when the try has ended: that colleague may say so again.
ALTER TABLE tasks ADD COLUMN last_holder_id VARCHAR(64);
