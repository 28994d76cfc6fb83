import type { CloudEvent } from '@fanfare/cloudevents';
import { privacySubjectErased } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import { newEvent } from '../events/new-event';

/** Erases what a part of the service keeps of a subject outside the log. */
export type EraseCopies = (subject: string) => Promise<unknown>;

export interface EraseSubjectDeps {
  readonly log: Pick<EventLog, 'append' | 'erase'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Has what is older, and comes late, taken in as erased. */
  readonly remember: (subject: string, erasedAt: Date) => Promise<void>;
  /** Answers how many there were. */
  readonly eraseSnapshots: (subject: string) => Promise<number>;
  /** Whatever else may hold its data. */
  readonly eraseOthers: readonly EraseCopies[];
  /** Tells the other services. */
  readonly tell: (event: CloudEvent) => Promise<void>;
}

export interface Erasure {
  readonly erasedEvents: number;
  readonly erasedSnapshots: number;
}

/**
 * Forgets a subject: first its events, so that nobody can make a new copy of them, then the copies. Each request is told to
 * all who follow the log and to the other services, also when there was nothing left: the one before may have been cut short before it told them.
 */
export function createEraseSubject(deps: EraseSubjectDeps) {
  const { log, clock, newId, remember, eraseSnapshots, eraseOthers, tell } = deps;

  return async function eraseSubject(subject: string, reason?: string): Promise<Erasure> {
    const erasedAt = clock.now();
    await remember(subject, erasedAt);
    const erasedEvents = await log.erase({ subject });
    const erasedSnapshots = await eraseSnapshots(subject);
    for (const erase of eraseOthers) await erase(subject);
    const data = privacySubjectErased.schema.parse({
      subject,
      reason,
      erased_events: erasedEvents,
      erased_snapshots: erasedSnapshots,
      erased_at: erasedAt.toISOString(),
    });
    // its own subject is not the one that was erased: it would be erased with that the next time
    const told = newEvent({ type: privacySubjectErased.type, data }, { clock, newId });
    // past the limits of what the log takes: nobody may be kept from being forgotten
    await log.append({ appends: [{ stream: null, expected: 'any', events: [told] }] });
    await tell(told);
    return { erasedEvents, erasedSnapshots };
  };
}
