import type { Capability } from '../capability';

/** Where the suites of the event log get their stores from. */
export interface EventLogUnderTest {
  /** The URL of a new, empty event log that nobody else uses. */
  readonly createUrl: () => Promise<string>;
  /** Hands on what can change the stored log behind its back, as somebody with access to the database could. */
  readonly tamper: (url: string, change: (tampering: Tampering) => void | Promise<void>) => Promise<void>;
  /** Whether the store's files can be searched for what should no longer be in them. */
  readonly hasFiles: Capability;
  /** Every byte of the store's files. Only where it has some. */
  readonly readFiles: (url: string) => Promise<Buffer>;
  /** Everything that is stored, as somebody with access to the store sees it. */
  readonly readStored: (url: string) => Promise<Buffer>;
  /** Removes every log that `createUrl` has made. */
  readonly removeAll: () => Promise<void>;
}

/** What can be done to a stored log. Positions name the event, or the commit that begins with it. */
export interface Tampering {
  /** Gives an event other data, as it is stored. */
  changeData(position: number, data?: string): void | Promise<void>;
  /** Leaves of an event what an erasure leaves. */
  removeData(position: number): void | Promise<void>;
  /** Gives an event another subject. */
  changeAttributes(position: number): void | Promise<void>;
  /** Removes the whole commit that begins here. */
  deleteCommit(position: number): void | Promise<void>;
  /** Puts a copy of the commit that begins here behind the last one. */
  insertCopy(position: number): void | Promise<void>;
  /** Puts each of the two events into the place of the other, data and all. */
  swapEvents(one: number, other: number): void | Promise<void>;
  /** Makes the commit that begins here an hour older. */
  redateCommit(position: number): void | Promise<void>;
}
