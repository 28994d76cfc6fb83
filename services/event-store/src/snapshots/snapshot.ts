import type { Aggregate } from '../aggregates/aggregate';
import type { JsonObject } from '../aggregates/json-object';
import type { VersionRange } from '../aggregates/load-aggregate';

/** An aggregate that has not been erased. */
export type KnownAggregate = Aggregate & { readonly state: JsonObject };

export function isKnown(aggregate: Aggregate): aggregate is KnownAggregate {
  return aggregate.state !== null;
}

/** What an aggregate was at one of its versions. */
export interface Snapshot {
  readonly id: string;
  readonly takenAt: Date;
  readonly aggregate: KnownAggregate;
}

/** What a stream begins with once its events up to a version are truncated. */
export interface Beginning {
  readonly id: string;
  readonly takenAt: Date;
  readonly aggregate: Aggregate;
  /** Of the events that go. */
  readonly subjects: readonly string[];
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
  /** The newest at one of these versions. */
  findNewest(aggregateId: string, versions: VersionRange): Promise<Snapshot | null>;
  /**
   * What a fold can go on from: the newest snapshot at one of these versions. Where the events that came first are gone,
   * which is what `versions` tells by beginning with one, an outdated snapshot is better than nothing, and a beginning that
   * was erased says so.
   */
  findBase(aggregateId: string, versions: VersionRange): Promise<Aggregate | null>;
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
  /**
   * Keeps a snapshot for as long as nothing but it tells of what precedes its version; answers the aggregate as it is kept.
   * Of one that is erased it is kept that it is. Null as with `save`.
   */
  saveBeginning(beginning: Beginning, erasures: number): Promise<Aggregate | null>;
  /** Lets go what came before the beginning of a stream: its former beginnings are snapshots like any other. */
  releaseBeginnings(aggregateId: string, beforeVersion: number): Promise<void>;
  /** The aggregates whose beginnings are made of events of a subject. */
  findBegunBy(subject: string): Promise<readonly string[]>;
  /** Removes the snapshots of these aggregates, and the data of their beginnings; answers how many there were. */
  erase(aggregateIds: readonly string[]): Promise<number>;
  /** Removes all but so many newest ones of an aggregate, and its beginnings. */
  keepNewest(aggregateId: string, count: number): Promise<void>;
  /** Some of the aggregates that have more than so many, beginnings aside. */
  listSurplus(count: number, limit: number): Promise<readonly string[]>;
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
