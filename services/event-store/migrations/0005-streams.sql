-- How far the log was sent to each stream; what the holder of an older lease still writes is refused by its fence.
CREATE TABLE stream_cursors (
  name VARCHAR(64) NOT NULL,
  position BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  PRIMARY KEY (name)
);
