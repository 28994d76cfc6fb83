import { createHash } from 'node:crypto';
import type { CloudEvent } from '@fanfare/cloudevents';

/** Events with the same key are delivered in their order: those of one subject. A hash, because subjects may be long. */
export function orderKeyOf({ subject, id }: Pick<CloudEvent, 'subject' | 'id'>): string {
  return subject === undefined ? hash(`id ${id}`) : subjectKeyOf(subject);
}

/** The key of all events of a subject. */
export function subjectKeyOf(subject: string): string {
  return hash(`subject ${subject}`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
