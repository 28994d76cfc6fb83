import { createHash } from 'node:crypto';

/** What tells one event from another (CloudEvents §3.1.1): producers number theirs without asking each other. */
export interface EventOrigin {
  readonly source: string;
  readonly id: string;
}

/**
 * The identity of an event, in a length that fits into a key. Where it came over a bus it is one of its topic: the same
 * event in two topics has its effect in both.
 */
export function identityOf({ source, id }: EventOrigin, topic?: string): string {
  const attributes = topic === undefined ? [source, id] : [topic, source, id];
  return createHash('sha256').update(JSON.stringify(attributes)).digest('base64');
}
