import { createWakeUp, type Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import { isMailboxTopic, mailboxTopic } from '../mailbox/mailbox';
import type { Waiting } from '../waiting';
import { findCalled, type CalledPlace } from './find-called';
import type { Lane } from './lane';

export interface LanesDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly clock: Clock;
  readonly waiting: Pick<Waiting, 'listen'>;
  readonly createLane: (place: CalledPlace) => Lane;
}

/** The lanes to all colleagues that are called, in all mediators. */
export interface Lanes {
  /** Keeps them going until `stopping` aborts. */
  serve(stopping: AbortSignal): Promise<void>;
  /** Resolves when nothing is under way on any of them. */
  end(): Promise<void>;
}

/** How often to look for what other instances accepted or left behind, and for what is to be tried again. */
const lookEveryMs = 500;

export function createLanes({ database, clock, waiting, createLane }: LanesDeps): Lanes {
  const lanes = new Map<string, Lane>();
  const ending = new Map<Lane, Promise<void>>();
  /** Mailboxes of which nobody was known to be called when something came: for these it is looked up once until the next look. */
  const strangers = new Set<string>();
  const wakeUp = createWakeUp(clock);
  let forgottenAtMs = -Infinity;

  function hear(topic: string): void {
    const lane = lanes.get(topic);
    if (lane) lane.pump();
    else if (isMailboxTopic(topic) && !strangers.has(topic)) {
      strangers.add(topic);
      wakeUp.wake();
    }
  }

  function forgetStrangers(): void {
    if (clock.elapsedMs() - forgottenAtMs < lookEveryMs) return;
    forgottenAtMs = clock.elapsedMs();
    strangers.clear();
  }

  async function look(): Promise<void> {
    forgetStrangers();
    const called = await findCalled(database.queries, clock.now());
    const places = new Map(
      called.map((place) => [mailboxTopic(place.mediatorKey, place.colleagueId), place]),
    );
    for (const topic of lanes.keys()) if (!places.has(topic)) retire(topic);
    for (const lane of [...lanes.values(), ...ending.keys()]) lane.holdOn();
    for (const [topic, place] of places) {
      const lane = lanes.get(topic) ?? createLane(place);
      lanes.set(topic, lane);
      if (place.isDue) lane.pump();
    }
  }

  function retire(topic: string): void {
    const lane = lanes.get(topic);
    if (!lane) return;
    lanes.delete(topic);
    const ended = lane.end().then(() => {
      ending.delete(lane);
    });
    ending.set(lane, ended);
  }

  return {
    async serve(stopping) {
      const stopListening = waiting.listen(hear);
      try {
        while (!stopping.aborted) {
          await look();
          await wakeUp.wait(lookEveryMs, stopping);
        }
      } finally {
        stopListening();
      }
    },
    async end() {
      for (const topic of [...lanes.keys()]) retire(topic);
      await Promise.all(ending.values());
    },
  };
}
