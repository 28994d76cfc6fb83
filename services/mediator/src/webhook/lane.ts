import { isPassing, keepTrying, type Clock } from '@fanfare/core';
import { HttpProblem, type Logger } from '@fanfare/service-kit';
import type { Mailbox, Taken } from '../mailbox/mailbox';
import type { Directory, MediatorEntry } from '../mediators/directory';
import { isCalled, type Called } from './called';
import { createPost, type Post, type PostDeps } from './create-post';
import { createGate, type Gate, type GateDeps } from './gate';
import { judgeAnswer, type Verdict } from './judge-answer';
import { createColleagueReport } from './report-colleague';
import { settle } from './settle';

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

interface Way {
  readonly colleague: Called;
  readonly gate: Gate;
  readonly post: Post;
}

/** How long after the death of an instance what it had in hand is taken by another. */
const visibilityMs = 10_000;
const holdEveryMs = 3_000;

export function createLane({ mediator, mediatorKey, colleagueId }: LanePlace, deps: LaneDeps): Lane {
  const { clock, directory, mailbox, stopping, cutting } = deps;
  const report = createColleagueReport(deps.logger, { mediator, colleague: colleagueId });
  const underWay = new Set<Promise<void>>();
  let way: Way | undefined;
  let isWanted = false;
  let isDrawing = false;
  let isEnding = false;
  let latest: MediatorEntry | undefined;
  const inHand = new Set<Taken>();
  let heldAtMs = 0;

  function mayBegin(): boolean {
    return !isEnding && !stopping.aborted;
  }

  function track(work: Promise<void>): void {
    const done = work.catch(report.broke).finally(() => underWay.delete(done));
    underWay.add(done);
  }

  function pump(): void {
    isWanted = true;
    if (!isDrawing && mayBegin()) track(drawAll());
  }

  async function drawAll(): Promise<void> {
    isDrawing = true;
    try {
      while (isWanted && mayBegin()) {
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
    const { gate, post } = wayTo(colleague);
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

  function wayTo(colleague: Called): Way {
    const before = way;
    if (before && isSameWay(before.colleague, colleague)) return before;
    if (before) track(before.post.close());
    const isSameGate = before && isSamePlace(before.colleague, colleague);
    const gate = isSameGate ? before.gate : createGate(colleague, { ...deps, onRefusal: report.failed });
    way = { colleague, gate, post: createPost(colleague, gate, deps) };
    return way;
  }

  async function deliver(taken: Taken, entry: MediatorEntry, post: Post): Promise<void> {
    inHand.add(taken);
    try {
      const verdict = await tryOnce(taken, post);
      const place = { entry, colleagueId, messageId: taken.delivery.id };
      const write = () => settle(mailbox, place, verdict);
      const trying = { clock, signal: cutting, isRetryable: isPassing, onFailure: report.broke };
      await (cutting.aborted ? write() : keepTrying(write, trying));
    } finally {
      inHand.delete(taken);
      pump();
    }
  }

  async function tryOnce(taken: Taken, post: Post): Promise<Verdict> {
    const answer = await post.send(mediator, taken, cutting);
    if (cutting.aborted && answer.result.outcome === 'undelivered') return { act: 'giveBack' };
    const verdict = judgeAnswer(answer, taken.delivery.reply_expected);
    if (verdict.act === 'nack') report.failed(verdict.error.message);
    else report.succeeded();
    return verdict;
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

function isSamePlace(one: Called, other: Called): boolean {
  return one.endpoint === other.endpoint && one.handshake === other.handshake;
}

function isSameWay(one: Called, other: Called): boolean {
  return isSamePlace(one, other) && one.secret === other.secret && one.concurrency === other.concurrency;
}
