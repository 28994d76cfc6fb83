import type { CloudEvent } from '@fanfare/cloudevents';
import { hashData } from './chain';
import type { CommitStore, StoredEvent } from './commit-store';
import type { Sealer } from '../sealing/sealer';
import { isUnopened, tryToOpen } from './open-stored';

const recordType = 'com.fanfare.subject.erasure_begun.v1';
const pageEvents = 100;

/**
 * Stands in the chain for the data of an event that came too late to be kept. No salt and data have this hash, so that nobody
 * can pass off as such what was removed later.
 */
export const lateDataHash = hashData('', 'erased');

/** Tells, before it happens, that the data of a subject's events that stand before it is removed. */
export function erasureRecord(id: string, subject: string): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: '/event-log',
    type: recordType,
    datacontenttype: 'application/json',
    // not its own subject: it would be erased with that
    data: { subject },
  };
}

/** Why events have no data: `unknown` when what could tell is sealed with a key that is not there. */
export type Explanation = 'explained' | 'unexplained' | 'unknown';

export interface ErasureRecordsDeps {
  readonly store: Pick<CommitStore, 'readEvents'>;
  readonly sealer: Sealer;
  /** Types of other events that tell in `data.subject` whose events before them have been erased. */
  readonly otherTypes: readonly string[];
}

/**
 * Explains tombstones by what the log itself says of erasures. The record of an erasure stands behind all that it erases, so
 * it is looked for from the first tombstone on, and again where one is not explained: others may be erasing meanwhile.
 */
export function createErasureRecords({ store, sealer, otherTypes }: ErasureRecordsDeps) {
  const filter = { types: [recordType, ...otherTypes] };
  const lastErased = new Map<string, number>();
  let hasUnopened = false;
  let readUpTo: number | undefined;

  async function readOn(from: number): Promise<void> {
    for (let position = readUpTo ?? from; ;) {
      const events = await store.readEvents(filter, { position, direction: 'forwards', limit: pageEvents });
      for (const event of events) note(event);
      position = events.at(-1)?.position ?? position;
      readUpTo = position;
      if (events.length < pageEvents) return;
    }
  }

  function note(event: StoredEvent): void {
    hasUnopened ||= isUnopened(event, sealer);
    const subject = isUnopened(event, sealer) ? undefined : readSubject(event, sealer);
    if (subject !== undefined) lastErased.set(subject, event.position);
  }

  function explain({ position, attributes, dataHash }: StoredEvent): Explanation {
    if (dataHash === lateDataHash) return 'explained';
    const { subject } = JSON.parse(attributes) as CloudEvent;
    if (subject !== undefined && position < (lastErased.get(subject) ?? 0)) return 'explained';
    return hasUnopened ? 'unknown' : 'unexplained';
  }

  /** In the order of the tombstones, which are handed in by position. */
  return async function explainAll(tombstones: readonly StoredEvent[]): Promise<readonly Explanation[]> {
    const [first] = tombstones.filter((event) => explain(event) !== 'explained');
    if (first) await readOn(first.position);
    return tombstones.map(explain);
  };
}

/** Undefined also when the record is not what was appended. */
function readSubject(stored: StoredEvent, sealer: Sealer): string | undefined {
  const { salt = null, data = null } = tryToOpen(stored, sealer) ?? {};
  const isIntact = salt !== null && data && !stored.isBinary && hashData(salt, data) === stored.dataHash;
  const { subject } = isIntact ? (JSON.parse(data) as { readonly subject?: unknown }) : {};
  return typeof subject === 'string' ? subject : undefined;
}
