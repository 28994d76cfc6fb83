import { privacySubjectErased } from '@fanfare/contracts';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openEventLog, type EventLog, type LogEvent } from '@fanfare/storage';
import { createTail, type Tail } from './tail';

const clock = createSystemClock();

async function append(log: EventLog, from: number, to: number, data?: unknown): Promise<void> {
  const events = Array.from({ length: to - from + 1 }, (_, index) => ({
    specversion: '1.0' as const,
    id: `event-${from + index}`,
    source: '/test',
    type: 'test.happened',
    data: data ?? { n: from + index },
  }));
  await log.append({ appends: [{ stream: null, expected: 'any', events }] });
}

describe('the tail of the log', () => {
  const stop = new AbortController();
  let log: EventLog;
  let working: Promise<void>;
  let tail: Tail;

  beforeAll(async () => {
    log = await openEventLog('sqlite::memory:');
    await append(log, 1, 1_200);
    tail = createTail({ log, clock, onFailure: () => undefined, maxEvents: 20 });
    working = tail.worker.run(stop.signal);
  });

  afterAll(async () => {
    stop.abort();
    await working;
    await log.close();
  });

  function follow(position: number) {
    const seen: number[] = [];
    const leave = new AbortController();
    const followed = (async () => {
      for await (const events of tail.follow(position, leave.signal))
        seen.push(...events.map((event: LogEvent) => event.position));
    })();
    return {
      seen,
      async end() {
        leave.abort();
        await followed;
      },
    };
  }

  it('gives each follower everything after its position, each once and in order, far behind or not', async () => {
    const followers = [0, 700, 1_199, 1_200].map((position) => ({ position, ...follow(position) }));
    for (let at = 1_201; at < 1_300; at += 33) await append(log, at, at + 32);
    const head = await log.head();
    await eventually(() => {
      for (const { seen } of followers) expect(seen.at(-1)).toBe(head);
    });
    for (const { position, seen, ...follower } of followers) {
      await follower.end();
      expect(seen).toEqual(Array.from({ length: head - position }, (_, index) => position + index + 1));
    }
  });

  it('lets a follower go while it waits for the next event', async () => {
    await follow(await log.head()).end();
  });

  it('finds an event by its position, kept in memory or not', async () => {
    const head = await log.head();

    expect(await tail.find(3)).toMatchObject({ position: 3, event: { id: 'event-3' } });
    expect(await tail.find(head)).toMatchObject({ position: head });
    expect(await tail.find(head + 1)).toBeNull();
  });

  it('shows no data that was erased, once the log tells of it', async () => {
    const subject = 'user-1';
    const position = await log.head();
    const event = { specversion: '1.0' as const, source: '/test', subject };
    const publish = (id: string, type: string, data: unknown) =>
      log.append({ appends: [{ stream: null, expected: 'any', events: [{ ...event, id, type, data }] }] });
    await publish('secret', 'test.happened', { name: 'Ada' });
    await eventually(async () => {
      expect((await tail.find(position + 1))?.event.data).toEqual({ name: 'Ada' });
    });

    await log.erase({ subject });
    await publish('erased', privacySubjectErased.type, { subject });

    await eventually(async () => {
      expect(await tail.find(position + 1)).toMatchObject({ isErased: true, event: { id: 'secret' } });
    });
  });
});

describe('the tail of a log of large events', () => {
  /** How many events come at a time. */
  async function followUpTo(tail: Tail, from: number, to: number): Promise<readonly number[]> {
    const sizes: number[] = [];
    const leave = new AbortController();
    for await (const events of tail.follow(from, leave.signal)) {
      sizes.push(events.length);
      if (events.at(-1)?.position === to) leave.abort();
    }
    return sizes;
  }

  it.each([
    ['texts', 'x'.repeat(250_000)],
    ['bytes', new Uint8Array(250_000)],
  ])('hands over about a mebibyte of %s at a time, out of the log and out of memory', async (_what, data) => {
    const log = await openEventLog('sqlite::memory:');
    const tail = createTail({ log, clock, onFailure: () => undefined });
    const stop = new AbortController();
    const waitFor = jest.spyOn(log, 'waitFor');
    for (const from of [1, 21]) await append(log, from, from + 19, data);
    const fromLog = await followUpTo(tail, 0, 40);
    const working = tail.worker.run(stop.signal);
    await eventually(() => {
      expect(waitFor).toHaveBeenCalledWith(41, stop.signal);
    });
    await append(log, 41, 60, data);

    expect(fromLog).toEqual([16, 4, 4, 4, 4, 4, 4]); // nothing is known before the first
    await eventually(async () => {
      expect(await followUpTo(tail, 40, 60)).toEqual([4, 4, 4, 4, 4]);
    });
    stop.abort();
    await working;
    await log.close();
  });
});
