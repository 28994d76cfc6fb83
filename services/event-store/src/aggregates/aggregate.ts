import type { JsonObject } from './json-object';

/** An aggregate as its history tells, up to one of its versions. */
export interface Aggregate {
  readonly id: string;
  /** `user`, `order`, `payment`, or anything else. */
  readonly type: string;
  /** Of the last event that is folded in; the first one is 0. */
  readonly version: number;
  /** In the words of the wire; null when its data was erased. */
  readonly state: JsonObject | null;
  /** When its first event was recorded. */
  readonly createdAt: Date;
  /** When its last event was recorded. */
  readonly updatedAt: Date;
  /** Neither deleted nor deactivated. */
  readonly isActive: boolean;
  /** What its events carried as free metadata, merged. */
  readonly metadata: JsonObject;
}

/** What of an event matters to the state of an aggregate. */
export interface StateChange {
  /** `user.created`; a type that the catalogue does not know as it came. */
  readonly name: string;
  readonly data: JsonObject;
  /** The event's own time, RFC 3339. */
  readonly time: string;
}

/** The next state of an aggregate; pure. */
export type Evolve = (state: JsonObject, change: StateChange) => JsonObject;

/** The types of aggregates that can be created by name; events may form aggregates of any other type too. */
export const aggregateTypes = ['user', 'order', 'payment', 'custom'] as const;
