import { isPassing, keepTrying, type Clock } from '@fanfare/core';
import type { Outlet } from '@fanfare/service-kit';
import { mailboxTopic, type Mailbox, type Taken } from '../mailbox/mailbox';
import type { Colleague } from '../mediators/colleague';
import type { MediatorEntry } from '../mediators/directory';
import type { Waiting } from '../waiting';

/** A colleague as it is registered now. */
export interface Self {
  readonly entry: MediatorEntry;
  readonly colleague: Colleague;
}

export interface PushDeps {
  readonly mailbox: Pick<Mailbox, 'take'>;
  readonly waiting: Pick<Waiting, 'until' | 'tell'>;
  readonly clock: Clock;
  readonly outlet: Outlet;
  /** Throws `mediator-not-found` or `colleague-not-found` when there is no such colleague any more. */
  readonly findSelf: () => Promise<Self>;
  /** Whose mailbox it is. */
  readonly place: { readonly mediatorKey: number; readonly colleagueId: string };
  readonly visibilityMs: number;
  /** Unique to the connection. */
  readonly connectionId: string;
  /** Told when the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/** Sends a colleague what is in its mailbox, no more than it can have in hands at a time. */
export interface Push {
  /** Resolves when `signal` aborts. Throws what `findSelf` throws. */
  run(signal: AbortSignal): Promise<void>;
  /** The colleague has done with a message: there is room for another. */
  release(messageId: string): void;
  /** What was taken for it and is neither settled nor, after `visibilityMs`, anybody's any more. */
  inHands(): readonly string[];
}

/** So many are in memory at a time, each perhaps a long one. */
const maxTaken = 16;

export function createPush(deps: PushDeps): Push {
  const { mailbox, waiting, clock, outlet, findSelf, place, visibilityMs, onFailure } = deps;
  const heldUntil = new Map<string, number>();
  const roomTopic = `websocket:${deps.connectionId}`;
  const topics = [mailboxTopic(place.mediatorKey, place.colleagueId), roomTopic];
  let isFull = false;

  function inHands(): readonly string[] {
    const now = clock.elapsedMs();
    for (const [id, until] of heldUntil) if (until <= now) heldUntil.delete(id);
    return [...heldUntil.keys()];
  }

  async function take(): Promise<readonly Taken[] | undefined> {
    const { entry, colleague } = await findSelf();
    const room = colleague.concurrency - inHands().length;
    isFull = room <= 0;
    if (isFull) return undefined;
    // before it is asked for, so that nothing is given back that others may hold already
    const until = clock.elapsedMs() + visibilityMs;
    const limit = Math.min(room, maxTaken);
    const taken = await mailbox.take({ entry, colleagueId: colleague.id, limit, visibilityMs });
    for (const { delivery } of taken) heldUntil.set(delivery.id, until);
    return taken.length > 0 ? taken : undefined;
  }

  async function send(taken: readonly Taken[], signal: AbortSignal): Promise<void> {
    for (const { delivery } of taken) {
      if (signal.aborted) return;
      const isTooLate = (heldUntil.get(delivery.id) ?? 0) <= clock.elapsedMs();
      if (!isTooLate) await outlet.send(JSON.stringify({ type: 'message', message: delivery }));
    }
  }

  return {
    async run(signal) {
      const takeSome = () => waiting.until({ topics, waitMs: Infinity, signal }, take);
      while (!signal.aborted) {
        const taken = await keepTrying(takeSome, { clock, signal, isRetryable: isPassing, onFailure });
        await send(taken ?? [], signal);
      }
    },
    release(messageId) {
      heldUntil.delete(messageId);
      if (isFull) waiting.tell(roomTopic);
    },
    inHands,
  };
}
