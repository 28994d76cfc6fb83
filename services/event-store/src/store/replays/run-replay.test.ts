import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { openEventLog, type EventLog } from '@fanfare/storage';
import { happened } from '../../../test/log-in-file';
import { noProgress, type JobProgress } from '../jobs/job';
import type { ReplayRequest } from './replay';
import type { ReplayTarget } from './replay-target';
import { runReplay } from './run-replay';

describe('running a replay', () => {
  let clock: VirtualClock;
  let log: EventLog;
  let taken: { readonly position: number; readonly atMs: number }[];
  let saved: JobProgress[];
  let ended: JobProgress | undefined;

  beforeEach(async () => {
    clock = createVirtualClock();
    log = await openEventLog('sqlite::memory:', { clock });
    taken = [];
    saved = [];
    ended = undefined;
  });

  afterEach(() => log.close());

  async function record(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => happened('my.own'));
    await log.append({ appends: [{ stream: null, expected: 'any', events }] });
  }

  /** Takes time for each event, and finds one thing in each. */
  const target = (tookMs = 0): ReplayTarget => ({
    concerns: ({ position }) => position % 2 === 1,
    beginBatch() {
      let found = 0;
      return {
        async take({ position }) {
          taken.push({ position, atMs: clock.elapsedMs() });
          if (tookMs > 0) await clock.sleep(tookMs);
          found += 1;
          return position === 5 ? ['it did not work'] : [];
        },
        effects: () => ({ findings: { found }, write: () => Promise.resolve() }),
      };
    },
    finish: () => Promise.resolve({ findings: { finished: 1 }, write: () => Promise.resolve() }),
  });

  async function run({
    to,
    speed = 0,
    tookMs,
    signal = new AbortController().signal,
    from = {},
  }: {
    readonly to: number;
    readonly speed?: number;
    readonly tookMs?: number;
    readonly signal?: AbortSignal;
    readonly from?: Partial<JobProgress>;
  }): Promise<void> {
    const request: ReplayRequest = {
      observerId: null,
      projection: null,
      candidate: null,
      isShadow: false,
      types: null,
      speed,
      after: 0,
      to,
    };
    const store = {
      async save(_held: unknown, progress: JobProgress) {
        saved.push(progress);
        return true;
      },
      async end(_held: unknown, progress: JobProgress) {
        ended = progress;
      },
    };
    const replay = {
      id: 'r-1',
      state: 'running' as const,
      request,
      fence: 1,
      progress: { ...noProgress(request), ...from },
      startedAt: clock.now(),
      endedAt: null,
    };
    await runReplay({ log, store, clock }, replay, target(tookMs), signal);
  }

  it('takes what concerns it, counts first how much that is, and ends behind what does not', async () => {
    await record(10);

    await run({ to: 8 });

    expect(taken.map(({ position }) => position)).toEqual([1, 3, 5, 7]);
    expect(saved[0]).toMatchObject({ position: 0, total: 4, processed: 0 });
    expect(ended).toEqual({
      position: 8,
      total: 4,
      processed: 4,
      errors: 1,
      lastError: 'it did not work',
      findings: { found: 4, finished: 1 },
    });
  });

  it('goes on from its progress, as if it had never stopped', async () => {
    await record(10);

    await run({ to: 8, from: { position: 5, total: 4, processed: 3, errors: 1, findings: { found: 3 } } });

    expect(taken.map(({ position }) => position)).toEqual([7]);
    expect(ended).toMatchObject({ position: 8, total: 4, processed: 4, errors: 1, findings: { found: 4 } });
  });

  it('writes its progress at least every second, and every hundred events', async () => {
    await record(10);
    const running = run({ to: 10, tookMs: 600 });
    await clock.advance(3_000);
    await running;
    expect(saved.map(({ position }) => position)).toEqual([0, 3, 7, 10]);

    saved = [];
    await record(490);
    await run({ to: 500 });
    expect(saved.length).toBeGreaterThanOrEqual(3);
    for (const [index, { processed }] of saved.entries())
      expect(processed - (saved[index - 1]?.processed ?? 0)).toBeLessThanOrEqual(100);
  });

  it.each([
    [1, [0, 10_000, 40_000]],
    [4, [0, 2_500, 10_000]],
    [0.5, [0, 20_000, 80_000]],
    [0, [0, 0, 0]],
  ])('lets the time between events pass %d times as fast', async (speed, expected) => {
    await record(2);
    await clock.advance(10_000);
    await record(2);
    await clock.advance(30_000);
    await record(2);
    const beginMs = clock.elapsedMs();

    const running = run({ to: 6, speed });
    await clock.advance(100_000);
    await running;

    expect(taken.map(({ atMs }) => atMs - beginMs)).toEqual(expected);
  });

  it('stops at once when it is told to, also while it waits, and keeps its progress', async () => {
    await record(2);
    await clock.advance(1_000_000);
    await record(2);
    const stop = new AbortController();

    const running = run({ to: 4, speed: 1, signal: stop.signal });
    await clock.advance(1_000);
    stop.abort();
    await running;

    expect(saved.at(-1)).toMatchObject({ position: 2, processed: 1 });
    expect(ended).toBeUndefined();
  });
});
