import { createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import type { Worker } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { Signals } from '../live/signals';
import type { Tail } from '../live/tail';
import { concernOf, judgeConcerns, type Concern } from './find-processing';
import type { SavedSignals } from './saved-signals';
import type { ServedObservers } from './served-observers';

export interface ProcessedSignalsDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly observers: Pick<ServedObservers, 'current'>;
  readonly saved: Pick<SavedSignals, 'listen'>;
  readonly log: Pick<EventLog, 'head'>;
  readonly tail: Pick<Tail, 'follow'>;
  readonly signals: Pick<Signals, 'emit'>;
  readonly clock: Clock;
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

interface Pending extends Concern {
  readonly eventId: string;
}

/** Of so many events it is remembered that they are not processed; nobody is told any more of older ones. */
const maxPending = 10_000;
const pageSize = 500;
/** How often to look whether observers that another instance serves, or that fetch their events, have what they wait for. */
const lookAgainMs = 1_000;

/**
 * Tells once of each new event that all enabled observers that it concerns have it, on every instance, whoever delivered.
 */
export function createProcessedSignals(deps: ProcessedSignalsDeps): Worker {
  const { database, observers, saved, log, tail, signals, clock, onFailure } = deps;

  async function watch(position: number, signal: AbortSignal): Promise<void> {
    const pending = new Map<number, Pending>();
    const touched = new Set<number>();
    const wakeUp = createWakeUp(clock);
    const end = saved.listen((_, effects) => {
      for (const { position: at } of effects) touched.add(at);
      wakeUp.wake();
    });

    async function follow(): Promise<void> {
      for await (const page of tail.follow(position, signal)) {
        const known = [...(await observers.current()).values()];
        for (const logged of page) {
          pending.set(logged.position, { ...concernOf(known, logged), eventId: logged.event.id });
          touched.add(logged.position);
        }
        for (const oldest of pending.keys()) if (pending.size > maxPending) pending.delete(oldest);
        wakeUp.wake();
      }
    }

    async function look(): Promise<void> {
      while (!signal.aborted) {
        const positions = touched.size > 0 ? [...touched] : [...pending.keys()].slice(0, pageSize);
        touched.clear();
        for (let from = 0; from < positions.length; from += pageSize) {
          const page = positions.slice(from, from + pageSize);
          await keepTrying(() => tell(page), { clock, signal, onFailure });
        }
        await wakeUp.wait(lookAgainMs, signal);
      }
    }

    async function tell(positions: readonly number[]): Promise<void> {
      const known = await observers.current();
      const found = positions.flatMap((at) => pending.get(at) ?? []);
      const asked = found.map((one) => ({
        ...one,
        observerIds: one.observerIds.filter((id) => known.get(id)?.observer.isEnabled === true),
      }));
      const processing = await judgeConcerns(database, asked);
      for (const [index, one] of asked.entries()) {
        pending.delete(one.position);
        // those that are not processed move to the end of the line
        if (processing[index]?.isProcessed === true) emit(one);
        else pending.set(one.position, one);
      }
    }

    try {
      await Promise.all([follow(), look()]);
    } finally {
      end();
    }
  }

  function emit({ position, eventId, observerIds }: Pending): void {
    signals.emit({ type: 'event.processed', position, event_id: eventId, observers: observerIds });
  }

  return {
    name: 'processed-signals',
    async run(signal) {
      const watchFromHead = async () => watch(await log.head(), signal);
      await keepTrying(watchFromHead, { clock, signal, onFailure });
    },
  };
}
