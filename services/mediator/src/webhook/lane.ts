import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Tracer } from '@fanfare/core';
import { HttpProblem, type Logger } from '@fanfare/service-kit';
import type { Mailbox, Taken } from '../mailbox/mailbox';
import type { Directory, MediatorEntry } from '../mediators/directory';
import { isCalled } from './called';
import type { Post, PostDeps } from './create-post';
import { postOnce, writeDown } from './deliver';
import type { GateDeps } from './gate';
import { createColleagueReport } from './report-colleague';
import { findWay, type Way } from './way';

/** Whom a lane leads to. */
export interface LanePlace {
  readonly mediator: string;
  readonly mediatorKey: number;
  readonly colleagueId: string;
}

export interface LaneDeps extends Omit<GateDeps, 'onRefusal'>, PostDeps {
  readonly clock: Clock;
  readonly directory: Pick<Directory, 'find'>;
  readonly mailbox: Mailbox;
  readonly logger: Logger;
  readonly tracer?: Tracer | undefined;
  /** Nothing more is begun. */
  readonly stopping: AbortSignal;
  /** What is under way is broken off and given back. */
  readonly cutting: AbortSignal;
}

/** Delivers what is in the mailbox of one colleague to its endpoint, as both are at the time. */
export interface Lane {
  /** There may be something to deliver. */
  pump(): void;
  /** Keeps what is under way from being taken by others; to be called more often than it changes hands. */
  holdOn(): void;
  /** Begins nothing more, and resolves when nothing is under way. */
  end(): Promise<void>;
}

/** How long after the death of an instance what it had in hand is taken by another. */
const visibilityMs = 10_000;
const holdEveryMs = 3_000;

export function createLane({ mediator, mediatorKey, colleagueId }: LanePlace, deps: LaneDeps): Lane {
  const { clock, directory, mailbox, stopping } = deps;
  const report = createColleagueReport(deps.logger, { mediator, colleague: colleagueId });
  const tools = { ...deps, report, onRefusal: report.failed };
  const underWay = new Set<Promise<void>>();
  const inHand = new Set<Taken>();
  let latest: MediatorEntry | undefined;
  let way: Way | undefined;
  let heldAtMs = 0;
  let settling = 0;
  let isWanted = false;
  let isDrawing = false;
  let isEnding = false;

  function track(work: Promise<void>): void {
    const done = work.catch(report.broke).finally(() => underWay.delete(done));
    underWay.add(done);
  }

  function pump(): void {
    isWanted = true;
    if (!isDrawing && mayDraw()) track(drawAll());
  }

  /** What is being settled makes room soon: to draw once for all of that is much less work than once for each. */
  function mayDraw(): boolean {
    return settling === 0 && !isEnding && !stopping.aborted;
  }

  async function drawAll(): Promise<void> {
    isDrawing = true;
    try {
      while (isWanted) {
        await nextTurn(); // in which answers that are here already begin to be settled
        if (!mayDraw()) break;
        isWanted = false;
        if (await draw()) isWanted = true;
      }
    } finally {
      isDrawing = false;
    }
  }

  /** Whether there may be more. */
  async function draw(): Promise<boolean> {
    const entry = await findEntry();
    const colleague = entry?.colleagues.get(colleagueId);
    if (!entry || !isCalled(colleague)) return false;
    const { gate, post } = takeWay(findWay(way, colleague, tools));
    if (gate.free === 0) return gate.open(stopping);
    const maxInHands = colleague.concurrency;
    const limit = Math.min(gate.free, maxInHands - inHand.size);
    if (limit <= 0) return false;
    if (inHand.size === 0) heldAtMs = clock.elapsedMs();
    latest = entry;
    const mine = { entry, colleagueId, limit, maxInHands, visibilityMs, isOneAtATime: true };
    const taken = await mailbox.take(mine);
    for (const one of taken) track(deliver(one, entry, post));
    return taken.length === limit;
  }

  async function findEntry(): Promise<MediatorEntry | undefined> {
    try {
      const entry = await directory.find(mediator);
      return entry.mediator.key === mediatorKey ? entry : undefined;
    } catch (error) {
      if (error instanceof HttpProblem) return undefined;
      throw error;
    }
  }

  function takeWay(next: Way): Way {
    if (way && way !== next) track(way.post.close());
    way = next;
    return next;
  }

  async function deliver(taken: Taken, entry: MediatorEntry, post: Post): Promise<void> {
    inHand.add(taken);
    try {
      const verdict = await postOnce(mediator, taken, post, tools);
      settling += 1;
      const place = { entry, colleagueId, messageId: taken.delivery.id };
      await writeDown(place, verdict, tools).finally(() => (settling -= 1));
    } finally {
      inHand.delete(taken);
      pump();
    }
  }

  return {
    pump,
    holdOn() {
      if (!latest || inHand.size === 0 || clock.elapsedMs() - heldAtMs < holdEveryMs) return;
      heldAtMs = clock.elapsedMs();
      const ids = [...inHand].map(({ delivery }) => delivery.id);
      track(mailbox.hold(latest, colleagueId, ids, visibilityMs));
    },
    async end() {
      isEnding = true;
      while (underWay.size > 0) await Promise.all(underWay);
      await way?.post.close();
    },
  };
}
