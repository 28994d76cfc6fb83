import { type PageQuery } from '@fanfare/service-kit';
import { z } from 'zod';
import { parseTypePattern } from '../events/type-pattern';
import type { Observer } from './observer';
import { eventType } from './observer-schemas';

/** That an observer is told of a type, or of all that fit a pattern. */
export const subscription = z
  .strictObject({ observer_id: z.string(), event_type: eventType })
  .meta({ title: 'Subscription' });

export type Subscription = z.infer<typeof subscription>;

/** Whether two spellings mean the same: a name and its alias do, a name and a full type do not. */
export function isSameType(one: string, other: string): boolean {
  const [spelling, otherSpelling] = [one, other].map((text) => parseTypePattern(text).filterTypes.join(' '));
  return spelling === otherSpelling;
}

/** The subscriptions of observers that share some type with `eventType`, by observer and type. */
export function findSubscriptions(
  observers: readonly Observer[],
  { observerId, eventType }: { observerId?: string | undefined; eventType?: string | undefined },
): readonly Subscription[] {
  const share = eventType === undefined ? () => true : (text: string) => shareType(text, eventType);
  return observers
    .filter(({ id }) => observerId === undefined || id === observerId)
    .flatMap(({ id, eventTypes }) =>
      eventTypes.filter(share).map((event_type) => ({ observer_id: id, event_type })),
    )
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** Whether there can be a type that both mean. */
function shareType(one: string, other: string): boolean {
  const others = parseTypePattern(other).filterTypes;
  return parseTypePattern(one).filterTypes.some((type) =>
    others.some((otherType) => isWithin(type, otherType) || isWithin(otherType, type)),
  );
}

/** Whether what a spelling ending with `*` stands for holds the beginning of the other one. */
function isWithin(spelling: string, pattern: string): boolean {
  if (!pattern.endsWith('*')) return spelling === pattern;
  return spelling.startsWith(pattern.slice(0, -1));
}

/** Ids hold no `/`, so the first one ends the id. */
export function keyOf({ observer_id, event_type }: Subscription): string {
  return `${observer_id}/${event_type}`;
}

/** What `keyOf` makes. */
export const subscriptionKey = /^[^/]+\/.+$/s;

/** From where a page begins. */
export function skipTo(
  sorted: readonly Subscription[],
  { order, cursor, offset = 0 }: PageQuery,
): readonly Subscription[] {
  const ordered = order === 'asc' ? sorted : sorted.toReversed();
  if (cursor === undefined) return ordered.slice(offset);
  return ordered.filter((one) => (order === 'asc' ? keyOf(one) > cursor : keyOf(one) < cursor));
}
