import { migrate, type Database } from '@fanfare/storage';

/** The tables that messaging keeps in the database of each service that publishes or consumes. */
export type MessagingTables = {
  topic_counters: { topic: string; part: number; head: number };
  topic_log: {
    topic: string;
    part: number;
    first_sequence: number;
    event_count: number;
    first_id: string;
    events: string;
    created_at: number;
  };
  relay_cursors: { topic: string; part: number; published: number; fence: number };
  leases: { name: string; owner: string; expires_at: number; fence: number };
  cursors: { group_name: string; topic: string; part: number; applied: number; gaps_filled: number };
  lost_events: {
    group_name: string;
    topic: string;
    part: number;
    from_sequence: number;
    to_sequence: number;
  };
  handled_events: {
    group_name: string;
    /** See `identityOf`. */
    identity: string;
    /** Null, as the id, for events that came over HTTP. */
    topic: string | null;
    event_id: string | null;
    applied_at: number;
  };
  parked_events: {
    id: string;
    group_name: string;
    topic: string;
    part: number;
    ordinal: number;
    sequence: number | null;
    event_id: string | null;
    event_type: string | null;
    event_key: string | null;
    body: Buffer;
    content_type: string;
    state: 'parked' | 'dead';
    attempts: number;
    next_attempt_at: number | null;
    reason: string;
    failed_at: number;
  };
};

const tables = `
CREATE TABLE topic_counters (
  topic VARCHAR(64) NOT NULL,
  part INTEGER NOT NULL,
  head BIGINT NOT NULL,
  PRIMARY KEY (topic, part)
);

CREATE TABLE topic_log (
  topic VARCHAR(64) NOT NULL,
  part INTEGER NOT NULL,
  first_sequence BIGINT NOT NULL,
  event_count INTEGER NOT NULL,
  first_id VARCHAR(128) NOT NULL,
  events LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (topic, part, first_sequence)
);

CREATE TABLE relay_cursors (
  topic VARCHAR(64) NOT NULL,
  part INTEGER NOT NULL,
  published BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  PRIMARY KEY (topic, part)
);

CREATE TABLE leases (
  name VARCHAR(128) NOT NULL,
  owner VARCHAR(64) NOT NULL,
  expires_at BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE cursors (
  group_name VARCHAR(64) NOT NULL,
  topic VARCHAR(64) NOT NULL,
  part INTEGER NOT NULL,
  applied BIGINT NOT NULL,
  gaps_filled BIGINT NOT NULL,
  PRIMARY KEY (group_name, topic, part)
);

CREATE TABLE lost_events (
  group_name VARCHAR(64) NOT NULL,
  topic VARCHAR(64) NOT NULL,
  part INTEGER NOT NULL,
  from_sequence BIGINT NOT NULL,
  to_sequence BIGINT NOT NULL,
  PRIMARY KEY (group_name, topic, part, from_sequence)
);

CREATE TABLE inbox (
  group_name VARCHAR(64) NOT NULL,
  event_id VARCHAR(128) NOT NULL,
  applied_at BIGINT NOT NULL,
  PRIMARY KEY (group_name, event_id)
);

CREATE TABLE parked_events (
  id VARCHAR(36) NOT NULL,
  group_name VARCHAR(64) NOT NULL,
  topic VARCHAR(64) NOT NULL,
  part INTEGER NOT NULL,
  ordinal BIGINT NOT NULL,
  sequence BIGINT,
  event_id VARCHAR(128),
  event_type VARCHAR(256),
  event_key VARCHAR(256),
  body LONGBLOB NOT NULL,
  content_type VARCHAR(256) NOT NULL,
  state VARCHAR(8) NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at BIGINT,
  reason TEXT NOT NULL,
  failed_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX parked_events_by_key ON parked_events (group_name, topic, part, event_key, ordinal);
CREATE INDEX parked_events_by_state ON parked_events (group_name, topic, state, next_attempt_at);
`;

/**
 * Takes over what receivers remember; what consumers do names no source. Table `inbox` stays for members of release 0.1.0,
 * which run on until the last of them is replaced.
 */
const handledEvents = `
CREATE TABLE handled_events (
  group_name VARCHAR(64) NOT NULL,
  identity VARCHAR(64) NOT NULL,
  topic VARCHAR(64),
  event_id VARCHAR(128),
  applied_at BIGINT NOT NULL,
  PRIMARY KEY (group_name, identity)
);
CREATE INDEX handled_events_by_age ON handled_events (applied_at);
INSERT INTO handled_events (group_name, identity, applied_at)
  SELECT group_name, event_id, applied_at FROM inbox WHERE event_id LIKE '%=' AND LENGTH(event_id) = 44;
`;

/** Brings messaging's own tables to their newest version. Repeatable, and safe from several instances at once. */
export async function migrateMessaging(database: Database): Promise<void> {
  await migrate(database, {
    component: 'messaging',
    migrations: [
      { version: 1, name: 'messaging', sql: tables },
      { version: 2, name: 'handled-events', sql: handledEvents },
    ],
  });
}
