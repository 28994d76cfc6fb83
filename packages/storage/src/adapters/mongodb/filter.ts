import type { Filter } from 'mongodb';
import type { EventFilter } from '../../event-log/event-log';
import type { CommitDocument, EventDocument } from './documents';

/**
 * Finds the commits that may hold an event that matches: each condition is met by some event of the commit, though maybe
 * not by the same. `$elemMatch` would say which, but FerretDB does not know it for parts of an event.
 */
export function toCommitFilter(filter: EventFilter): Filter<CommitDocument> {
  const { types, source, subject, subjectPrefix, streamId, category, correlationId } = filter;
  const conditions: Filter<CommitDocument>[] = [];
  const add = (path: string, value: unknown) => {
    if (value !== undefined) conditions.push({ [path]: value });
  };
  add('events.streamId', streamId);
  add('events.category', category);
  if (!types?.includes('*')) add('events.attributes.type', types && { $in: types.map(toTypeCondition) });
  add('events.attributes.source', source);
  add('events.attributes.subject', subject);
  add('events.attributes.subject', subjectPrefix === undefined ? undefined : beginsWith(subjectPrefix));
  add('events.attributes.correlationid', correlationId);
  return conditions.length === 0 ? {} : { $and: conditions };
}

/** Whether an event meets every condition. */
export function isMatch(
  { streamId, category, attributes }: EventDocument,
  recordedAt: Date,
  filter: EventFilter,
): boolean {
  const { type, source, subject, correlationid } = attributes;
  return (
    isSameOrAny(filter.streamId, streamId) &&
    isSameOrAny(filter.category, category) &&
    (filter.types?.some((pattern) => isTypeLike(type, pattern)) ?? true) &&
    isSameOrAny(filter.source, source) &&
    isSameOrAny(filter.subject, subject) &&
    (filter.subjectPrefix === undefined || startsWith(subject, filter.subjectPrefix)) &&
    isSameOrAny(filter.correlationId, correlationid) &&
    (filter.from === undefined || recordedAt >= filter.from) &&
    (filter.to === undefined || recordedAt < filter.to)
  );
}

function isSameOrAny(wanted: string | undefined, value: unknown): boolean {
  return wanted === undefined || wanted === value;
}

function isTypeLike(type: unknown, pattern: string): boolean {
  return pattern.endsWith('*') ? startsWith(type, pattern.slice(0, -1)) : type === pattern;
}

function startsWith(value: unknown, prefix: string): boolean {
  return typeof value === 'string' && value.startsWith(prefix);
}

function toTypeCondition(pattern: string): string | RegExp {
  return pattern.endsWith('*') ? beginsWith(pattern.slice(0, -1)) : pattern;
}

/** Anchored, so that an index leads to it. */
function beginsWith(prefix: string): RegExp {
  return new RegExp(`^${prefix.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`);
}
