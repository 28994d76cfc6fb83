import { AppError } from '@fanfare/core';
import type { EventLog, StreamState } from '@fanfare/storage';
import type { Aggregate } from './aggregate';
import { applyEvent, beginAggregate } from './fold';

/** Up to where a history is folded; the newest version when nothing is said. */
export interface AsOf {
  readonly version?: number | undefined;
  /** As it was then: what was recorded up to this moment, which is included. Not together with `version`. */
  readonly at?: Date | undefined;
}

/**
 * The fold of an aggregate's history. Null when there is no such aggregate, or no such version of it yet. Throws
 * `VersionTruncated`.
 */
export type LoadAggregate = (id: string, asOf?: AsOf) => Promise<Aggregate | null>;

/** The events that would tell of a version are gone, and there is no snapshot instead of them. */
export class VersionTruncated extends AppError {
  override readonly name = 'VersionTruncated';

  constructor(id: string, firstVersion: number) {
    super('not_found', `the history of ${id} before version ${firstVersion} was truncated`);
  }
}

/** Versions, both included; −1 is before the first event. */
export interface VersionRange {
  readonly from: number;
  readonly to: number;
}

export interface LoadAggregateDeps {
  readonly log: Pick<EventLog, 'findStream' | 'read' | 'readStream'>;
  /**
   * The newest state that is known of an aggregate at one of these versions, for the fold to go on from; that of an erased
   * one is null.
   */
  readonly findBase: (id: string, versions: VersionRange) => Promise<Aggregate | null>;
  /** Told how many events are folded. */
  readonly onFold?: (events: number) => void;
}

/** Events may be large: so many are in memory at a time. */
const pageEvents = 100;

/** Loads aggregates from what is known of them and the events since then; the answer is that of a fold of all events. */
export function createLoadAggregate({ log, findBase, onFold }: LoadAggregateDeps): LoadAggregate {
  async function findVersion({ name: { id }, firstVersion }: StreamState, at: Date): Promise<number | null> {
    const to = new Date(at.getTime() + 1);
    const last = await log.read({ filter: { streamId: id, to }, direction: 'backwards', limit: 1 });
    const [event] = last.events;
    if (event) return event.version;
    if (firstVersion === 0) return null;
    const truncated = firstVersion - 1;
    const base = await findBase(id, { from: truncated, to: truncated });
    if (base && base.updatedAt <= at) return truncated;
    throw new VersionTruncated(id, firstVersion);
  }

  async function findBeginning({ name, firstVersion, createdAt }: StreamState, version: number) {
    const truncated = firstVersion - 1;
    const base = await findBase(name.id, { from: truncated, to: version });
    if (base || firstVersion === 0) return base;
    const [first] = await log.readStream(name.id, { from: firstVersion, to: version, limit: 1 });
    if (!first?.isErased) throw new VersionTruncated(name.id, firstVersion);
    // what is erased needs no past
    return { ...beginAggregate(name, createdAt), version: truncated };
  }

  async function foldUpTo(id: string, beginning: Aggregate | null, to: number): Promise<Aggregate | null> {
    let aggregate = beginning;
    for (let from = nextVersion(aggregate); from <= to; from = nextVersion(aggregate)) {
      const events = await log.readStream(id, { from, to, limit: pageEvents });
      if (events[0]?.version !== from)
        throw new AppError('unavailable', `the history of ${id} changed while it was read`);
      for (const event of events) aggregate = applyEvent(aggregate, event);
      onFold?.(events.length);
    }
    return aggregate;
  }

  return async function loadAggregate(id, { version, at } = {}) {
    const stream = await log.findStream(id);
    if (!stream) return null;
    const wanted = at ? await findVersion(stream, at) : (version ?? stream.version);
    if (wanted === null || wanted > stream.version) return null;
    return foldUpTo(id, await findBeginning(stream, wanted), wanted);
  };
}

function nextVersion(aggregate: Aggregate | null): number {
  return aggregate ? aggregate.version + 1 : 0;
}
