/**
 * Whatever the filters find events by is computed from the attributes that the chain covers, not stored beside them: so
 * nobody can change where an event is found without the chain telling. Times of recording never go back, so that a
 * range of time is a range of positions.
 */
export const schema = `
create table if not exists log_commits (
  position integer primary key,
  event_count integer not null,
  recorded_at integer not null,
  cursors text not null,
  previous_hash text not null,
  hash text not null
) strict;
create index if not exists log_commits_recorded_at on log_commits (recorded_at);

create table if not exists log_events (
  position integer primary key,
  recorded_at integer not null,
  stream text,
  category text,
  version integer,
  attributes text not null,
  data_hash text not null,
  salt text,
  data text,
  is_binary integer not null,
  id text not null generated always as (attributes ->> '$.id') virtual,
  type text not null generated always as (attributes ->> '$.type') virtual,
  source text not null generated always as (attributes ->> '$.source') virtual,
  subject text generated always as (attributes ->> '$.subject') virtual,
  correlation_id text generated always as (attributes ->> '$.correlationid') virtual
) strict;
create unique index if not exists log_events_id on log_events (id);
create unique index if not exists log_events_stream on log_events (stream, version) where stream is not null;
create index if not exists log_events_type on log_events (type);
create index if not exists log_events_source on log_events (source);
create index if not exists log_events_subject on log_events (subject) where subject is not null;
create index if not exists log_events_category on log_events (category) where category is not null;
create index if not exists log_events_correlation_id on log_events (correlation_id)
  where correlation_id is not null;

create table if not exists log_truncated_streams (
  stream text primary key,
  category text not null,
  version integer not null,
  created_at integer not null,
  updated_at integer not null
) strict, without rowid;
create table if not exists log_cursors (name text primary key, value integer not null) strict, without rowid;
create table if not exists log_anchor (
  id integer primary key check (id = 1),
  position integer not null,
  hash text not null
) strict;
create table if not exists log_checkpoints (
  position integer primary key,
  hash text not null,
  at integer not null,
  signature text not null
) strict;
`;
