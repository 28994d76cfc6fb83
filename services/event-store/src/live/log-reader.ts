import type { Outlet } from '@fanfare/service-kit';
import type { LogEvent } from '@fanfare/storage';
import type { MatchesEvent } from './match-events';
import { createSubscriptions } from './subscriptions';
import type { Tail } from './tail';
import { publishedFrame } from './ws-frames';

/** Reads the log for one client, and sends it what it follows. */
export interface LogReader {
  /** Everything up to here was sent, or is nothing that the client follows. */
  readonly place: number;
  /** How many subscriptions there are besides one of that name. */
  countWithout(name: string): number;
  /** See `Subscriptions`; the reader goes back where it must. */
  subscribe(name: string, subscription: { readonly from: number; readonly matches: MatchesEvent }): void;
  /** False when there is none of that name. */
  unsubscribe(name: string): boolean;
  /** Passes on what happened beside the log; to an event, only if the client follows it, and not before the event itself. */
  tell(frame: string, about?: LogEvent): void;
  /** Reads on from `position` until it is stopped. */
  run(position: number): Promise<void>;
  stop(): void;
}

/** Who is further behind misses the older signals; the events themselves it gets. */
const maxHeld = 1_000;

export function createLogReader({
  tail,
  outlet,
}: {
  readonly tail: Pick<Tail, 'follow'>;
  readonly outlet: Outlet;
}): LogReader {
  const subscriptions = createSubscriptions();
  const held: { readonly position: number; readonly frame: string }[] = [];
  let place = 0;
  let walk = new AbortController();
  let isStopped = false;

  function tellHeld(): void {
    const due = held.filter(({ position }) => position <= place);
    for (const signal of due) {
      held.splice(held.indexOf(signal), 1);
      void outlet.send(signal.frame);
    }
  }

  async function sendAll(events: readonly LogEvent[], signal: AbortSignal): Promise<void> {
    for (const logged of events) {
      if (signal.aborted) return;
      place = logged.position;
      const taken = subscriptions.take(logged) ? outlet.send(publishedFrame(logged)) : undefined;
      if (held.length > 0) tellHeld();
      if (taken) await taken;
    }
  }

  return {
    get place() {
      return place;
    },
    countWithout: (name) => subscriptions.countWithout(name),
    subscribe(name, subscription) {
      subscriptions.add(name, subscription);
      if (subscription.from >= place) return;
      place = subscription.from;
      walk.abort();
    },
    unsubscribe: (name) => subscriptions.remove(name),
    tell(frame, about) {
      if (about && !subscriptions.includes(about)) return;
      if (!about || about.position <= place) {
        void outlet.send(frame);
      } else {
        held.push({ position: about.position, frame });
        if (held.length > maxHeld) held.shift();
      }
    },
    async run(position) {
      place = position;
      while (!isStopped) {
        walk = new AbortController();
        const { signal } = walk;
        for await (const events of tail.follow(place, signal)) await sendAll(events, signal);
      }
    },
    stop() {
      isStopped = true;
      walk.abort();
    },
  };
}
