import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openDelivering, type Delivering } from './support/delivering';

describe('events that an observer does not take', () => {
  let clock: VirtualClock;
  let t: Delivering;

  beforeEach(async () => {
    clock = createVirtualClock();
    t = await openDelivering({}, { clock });
  });
  afterEach(() => t[Symbol.asyncDispose]());

  const waiting = (count: number) =>
    eventually(async () => {
      expect(await t.observer()).toMatchObject({ waiting: count });
    });
  const attempts = () => t.receiver.requests.map(({ headers }) => headers['ce-attempt']);
  /** Moves the time on in steps, so that what happens over the network keeps up. */
  const pass = async (ms: number, untilRequests: number) => {
    await clock.advance(ms);
    await eventually(() => {
      expect(t.receiver.requests).toHaveLength(untilRequests);
    });
  };

  it('are tried three times, a second or less and then two or less apart, and then are dead letters', async () => {
    t.receiver.answer(() => 500);
    await t.observe();
    await t.publish('e-1');
    await waiting(1);

    await clock.advance(499);
    expect(attempts()).toEqual(['1']);
    await pass(501, 2);
    await eventually(async () => {
      expect(await t.deliveries()).toHaveLength(2);
    });
    await pass(2_000, 3);
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ waiting: 0, dead_letters: 1 });
    });
    const [first = NaN, second = NaN, third = NaN] = (await t.deliveries()).map(({ at }) =>
      Date.parse(String(at)),
    );
    expect(second - first).toBeGreaterThanOrEqual(500);
    expect(third - second).toBeGreaterThanOrEqual(1_000);

    await clock.advance(600_000);
    expect(attempts()).toEqual(['1', '2', '3']);
    expect(await t.deadLetters()).toMatchObject([
      {
        observer_id: 'billing',
        event: { id: 'e-1' },
        error: 'answered 500',
        attempts: 3,
        failed_at: '2026-01-01T00:00:00.000Z',
        last_retry: expect.stringMatching('2026-01-01T00:00:0') as string,
      },
    ]);
  });

  it('are tried again no sooner than their receiver asks for', async () => {
    t.receiver.answer(() => ({ status: 429, headers: { 'retry-after': '120' } }));
    await t.observe();
    await t.publish('e-1');
    await waiting(1);

    await clock.advance(119_000);
    expect(attempts()).toEqual(['1']);
    await pass(1_000, 2);
  });

  it('hold up those of their subject and no others', async () => {
    t.receiver.answer(({ events }) => (events[0]?.id === 'a-2' ? 500 : 204));
    await t.observe();
    await t.publish('a-1', { subject: 'a' });
    await t.publish('a-2', { subject: 'a' });
    await t.publish('a-3', { subject: 'a' });
    await t.publish('b-1', { subject: 'b' });
    await t.received('a-1', 'a-2', 'b-1');
    await waiting(2);

    t.receiver.answer(() => 204);
    await pass(1_000, 5);

    await t.received('a-1', 'a-2', 'b-1', 'a-2', 'a-3');
    await waiting(0);
  });

  it('let those of their subject go on when they are given up', async () => {
    t.receiver.answer(({ events }) => (events[0]?.id === 'a-1' ? 500 : 204));
    await t.observe({ retry: { max_attempts: 1 } });
    await t.publish('a-1', { subject: 'a' });
    await t.publish('a-2', { subject: 'a' });

    await t.received('a-1', 'a-2');
  });
});

it('events of a subject wait for one that is given up where that is asked for, until it is redriven or removed', async () => {
  await using t = await openDelivering({ ON_DEAD_LETTER: 'block' });
  const bad = new Set(['a-1', 'b-1']);
  t.receiver.answer(({ events }) => (bad.has(events[0]?.id ?? '') ? 500 : 204));
  await t.observe({ retry: { max_attempts: 1 } });
  for (const id of ['a-1', 'a-2', 'b-1', 'b-2', 'c-1']) await t.publish(id, { subject: id.charAt(0) });
  await t.received('a-1', 'b-1', 'c-1');
  await eventually(async () => {
    expect(await t.observer()).toMatchObject({ waiting: 2, dead_letters: 2 });
  });

  bad.clear();
  const [first, second] = await t.deadLetters();
  await t.change('POST', `/dead-letters/${String(first?.id)}/redrive`);
  await t.received('a-1', 'b-1', 'c-1', 'a-1', 'a-2');
  await t.change('DELETE', `/dead-letters/${String(second?.id)}`);
  await t.received('a-1', 'b-1', 'c-1', 'a-1', 'a-2', 'b-2');
});

it('a thousand events reach an observer in the order of their subjects, though every event of one fails at first', async () => {
  await using t = await openDelivering();
  const subjects = ['a', 'b', 'c', 'd', 'bad'];
  const ids = Array.from({ length: 1_000 }, (_, index) => `${String(subjects[index % 5])}-${index}`);
  const taken: string[] = [];
  const tried = new Set<string>();
  t.receiver.answer(({ events }) => {
    const id = events[0]?.id ?? '';
    if (id.startsWith('bad') && !tried.has(id)) {
      tried.add(id);
      return 503;
    }
    taken.push(id);
    return 204;
  });
  await t.observe({ concurrency: 4, retry: { delay_ms: 1 }, breaker: { failures: 1_000 } });
  for (const subject of subjects) {
    const own = ids.filter((id) => id.startsWith(`${subject}-`));
    await t.publishAll(own, { subject });
  }

  await eventually(
    () => {
      expect(taken).toHaveLength(1_000);
    },
    { timeoutMs: 60_000 },
  );
  for (const subject of subjects) {
    const ofSubject = (all: readonly string[]) => all.filter((id) => id.startsWith(`${subject}-`));
    expect(ofSubject(taken)).toEqual(ofSubject(ids));
  }
}, 90_000);
