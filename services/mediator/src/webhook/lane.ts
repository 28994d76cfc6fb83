import { isPassing, keepTrying, type Clock } from '@fanfare/core';
import { HttpProblem, type Logger } from '@fanfare/service-kit';
import type { Mailbox, Taken } from '../mailbox/mailbox';
import type { Directory, MediatorEntry } from '../mediators/directory';
import { isCalled, type Called } from './called';
import { createPost, longestTryMs, type Post, type PostDeps } from './create-post';
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
  /** Resolves when nothing is under way any more. */
  end(): Promise<void>;
}

interface Way {
  readonly colleague: Called;
  readonly gate: Gate;
  readonly post: Post;
}

/** Longer than a try and what it takes to write down how it ended. */
const visibilityMs = longestTryMs + 5_000;

export function createLane({ mediator, mediatorKey, colleagueId }: LanePlace, deps: LaneDeps): Lane {
  const { clock, directory, mailbox, stopping, cutting } = deps;
  const report = createColleagueReport(deps.logger, { mediator, colleague: colleagueId });
  const underWay = new Set<Promise<void>>();
  let way: Way | undefined;
  let isWanted = false;
  let isDrawing = false;
  let inHand = 0;

  function track(work: Promise<void>): void {
    const done = work.catch(report.broke).finally(() => underWay.delete(done));
    underWay.add(done);
  }

  function pump(): void {
    isWanted = true;
    if (!isDrawing && !stopping.aborted) track(drawAll());
  }

  async function drawAll(): Promise<void> {
    isDrawing = true;
    try {
      while (isWanted && !stopping.aborted) {
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
    const limit = Math.min(gate.free, colleague.concurrency - inHand);
    if (limit <= 0) return false;
    const taken = await mailbox.take({ entry, colleagueId, limit, visibilityMs, isOneAtATime: true });
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
    inHand += 1;
    try {
      const verdict = await tryOnce(taken, post);
      const place = { entry, colleagueId, messageId: taken.delivery.id };
      const write = () => settle(mailbox, place, verdict);
      const trying = { clock, signal: cutting, isRetryable: isPassing, onFailure: report.broke };
      await (cutting.aborted ? write() : keepTrying(write, trying));
    } finally {
      inHand -= 1;
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
    async end() {
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
