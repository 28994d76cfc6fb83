import type { Aggregate } from '../aggregates/aggregate';
import type { JsonObject } from '../aggregates/json-object';
import type { VersionRange } from '../aggregates/load-aggregate';

/** An aggregate that has not been erased. */
export type KnownAggregate = Aggregate & { readonly state: JsonObject };

/** What an aggregate was at one of its versions. */
export interface Snapshot {
  readonly id: string;
  readonly takenAt: Date;
  readonly aggregate: KnownAggregate;
}

export interface SnapshotPage {
  readonly aggregateType?: string | undefined;
  /** Only those that come after the one with this id in the order asked for. */
  readonly afterId?: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/**
 * The snapshots in the database, one at most of each version of an aggregate. Those of another fold than the present one
 * are there only for who asks for them.
 */
export interface SnapshotStore {
  /** The newest at one of these versions; an outdated one when nothing else is there and `isOutdatedWelcome`. */
  findNewest(
    aggregateId: string,
    versions: VersionRange,
    options?: { readonly isOutdatedWelcome?: boolean },
  ): Promise<Snapshot | null>;
  /** Oldest first, or newest first. */
  list(page: SnapshotPage): Promise<readonly Snapshot[]>;
  /** How many there are of each type of aggregate. */
  countByType(): Promise<Readonly<Record<string, number>>>;
  /** How often snapshots were erased; see `save`. */
  erasures(): Promise<number>;
  /**
   * Keeps a snapshot; answers the one that is there, if there is one of this version already. Null when snapshots were
   * erased since `erasures` was asked for: what the snapshot was made of may be older than that.
   */
  save(snapshot: Snapshot, erasures: number): Promise<Snapshot | null>;
  /** Removes the snapshots of these aggregates; answers how many there were. */
  erase(aggregateIds: readonly string[]): Promise<number>;
  /** Removes all but so many newest ones of an aggregate. */
  keepNewest(aggregateId: string, count: number): Promise<void>;
  /** Some of those that an earlier fold has left. */
  listOutdated(limit: number): Promise<readonly SnapshotKey[]>;
  removeOutdated(key: SnapshotKey): Promise<void>;
  /** Up to where the log was looked through. */
  position(): Promise<number>;
  moveTo(position: number): Promise<void>;
}

interface SnapshotKey {
  readonly aggregateId: string;
  readonly version: number;
}
