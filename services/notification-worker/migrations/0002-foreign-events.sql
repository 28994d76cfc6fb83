-- Producers number their events without asking each other: `event_id` of one that is not the order service's is made of its
-- source too, and what its producer calls it stands here. NULL for those of the order service, as all were taken for until now.
ALTER TABLE notifications ADD COLUMN foreign_event_id VARCHAR(128);
