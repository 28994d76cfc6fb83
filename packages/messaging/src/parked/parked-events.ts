/** An event that failed in a group, as it is kept in the group's own database. */
export interface ParkedEvent {
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Undefined for an event that came without one. */
  readonly sequence: number | undefined;
  /** Null when the bytes could not be read as an event. */
  readonly eventId: string | null;
  readonly eventType: string | null;
  /** The key whose later events wait behind this one; null for bytes that are no event. */
  readonly key: string | null;
  /**
   * The event as it came, byte for byte; as it is kept where `isSealed` says that it could not be opened. Of more than 4 MiB
   * only the beginning: the reason says so, with the size and a SHA-256 of the whole.
   */
  readonly body: Buffer;
  readonly contentType: string;
  readonly state: 'parked' | 'dead';
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly reason: string;
  readonly failedAt: Date;
}

/** An event that failed, as lists show it: what it holds may be long. */
export type ListedEvent = Omit<ParkedEvent, 'body'>;

/** What an operator can do with the failed events of a group. */
export interface ParkedEvents {
  /** In the order in which they failed. */
  list(options: {
    readonly state?: 'parked' | 'dead' | undefined;
    readonly limit: number;
    readonly offset: number;
  }): Promise<readonly ListedEvent[]>;
  find(id: string): Promise<ParkedEvent | null>;
  /** Tries dead letters again, from the first attempt: one, or all of them; returns how many. `body` replaces the bytes of the one. */
  redrive(selection: { readonly id: string; readonly body?: Buffer } | 'all'): Promise<number>;
  /** Removes dead letters for good: one, or all of them; returns how many. */
  drop(selection: { readonly id: string } | 'all'): Promise<number>;
  /** How many there are, by partition and state. */
  counts(): Promise<readonly ParkedCount[]>;
}

export interface ParkedCount {
  readonly partition: number;
  readonly state: 'parked' | 'dead';
  readonly count: number;
}
