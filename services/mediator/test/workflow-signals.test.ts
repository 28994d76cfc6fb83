import { createVirtualClock } from '@fanfare/core';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { expectRefusal } from './support/expect-refusal';
import { commands, hostWorkflows, refusal, statusesOf, type HostedWorkflows } from './support/host-workflows';

describe('a signal', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  const wait = (id: string, signal = 'go') => ({ id, wait: { signal } });

  it('ends the first step that waits for it, with its data as the result', async () => {
    await flow.start({ type: 'parallel', steps: [wait('a', 'other'), wait('b'), wait('c')] });
    const answer = await flow.signal({ id: 'one', name: 'go', data: { paid: true } });

    expect(answer).toMatchObject({
      status: 201,
      body: { id: 'one', name: 'go', data: { paid: true }, timestamp: flow.clock.now().toISOString() },
    });
    expect(statusesOf(await flow.read())).toEqual({ a: 'waiting', b: 'completed', c: 'waiting' });
    expect(await flow.read()).toMatchObject({ results: { b: { paid: true } } });
  });

  it('is kept until a step waits for it', async () => {
    await flow.start({ steps: [...commands('a'), wait('b'), wait('c')] });
    await flow.signal({ name: 'go', data: 1 });
    await flow.signal({ name: 'go', data: 2 });
    await flow.answer('r:a:1');

    expect(await flow.read()).toMatchObject({ status: 'completed', results: { b: 1, c: 2 } });
  });

  it('is taken by a step that waits for it, also when no more would be kept', async () => {
    await flow.start({ steps: [wait('a'), wait('b', 'later')] });
    for (let n = 0; n < 100; n += 1) await flow.signal({ name: 'later', data: n });

    expectRefusal(await flow.signal({ name: 'later' }), 409, 'no-capacity');
    expect(await flow.signal({ name: 'go' })).toMatchObject({ status: 201 });
    expect(await flow.read()).toMatchObject({ status: 'completed', results: { b: 0 } });
  });

  it('counts once, however often it comes', async () => {
    await flow.start({ steps: [wait('a'), wait('b')] });
    const body = { id: 'one', name: 'go', data: { n: 1 } };
    const answers = await Promise.all([1, 2, 3].map(() => flow.signal(body)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(statusesOf(await flow.read())).toEqual({ a: 'completed', b: 'waiting' });
    expectRefusal(await flow.signal({ ...body, data: { n: 2 } }), 409, 'already-exists');
  });

  it('comes too late for a run that has ended, but is still known again', async () => {
    await flow.start({ steps: [wait('a')] });
    await flow.signal({ id: 'one', name: 'go' });

    expect(await flow.signal({ id: 'one', name: 'go' })).toMatchObject({ status: 200 });
    expectRefusal(await flow.signal({ id: 'two', name: 'go' }), 409, 'illegal-transition');
    expectRefusal(await flow.signal({ name: 'go' }, 'nowhere'), 404, 'not-found');
    expectRefusal(await flow.signal({ name: 'go', data: 'x'.repeat(262_144) }), 413, 'too-large');
  });

  it('that does not come lets the step fail with code timeout', async () => {
    await flow.start({ steps: [{ ...wait('a'), timeout_ms: 2_000 }] });
    await flow.passUntil(async () => {
      expect(await flow.read()).toMatchObject({ status: 'failed', error: { code: 'timeout', step_id: 'a' } });
    });
  });

  it('is not waited for any more when another step has failed', async () => {
    await flow.start({ type: 'parallel', steps: [wait('a'), ...commands('b')] });
    await flow.answer('r:b:1', refusal);

    expect(statusesOf(await flow.read())).toEqual({ a: 'cancelled', b: 'failed' });
  });
});

describe('a wait', () => {
  it('for a time, or until one, ends then by itself', async () => {
    await using flow = await hostWorkflows();
    const until = new Date(flow.clock.now().getTime() + 20_000).toISOString();
    const begun = await flow.start({
      steps: [
        { id: 'a', wait: { ms: 5_000 } },
        { id: 'b', wait: { until } },
      ],
    });
    expect(begun).toMatchObject({ steps: [{ status: 'waiting' }, { status: 'pending' }] });

    const run = await flow.passUntil(async () => {
      const read = await flow.read();
      expect(read.status).toBe('completed');
      return read;
    });

    expect(Number(run['actual_time'])).toBeGreaterThanOrEqual(20_000);
    expect(Number(run['actual_time'])).toBeLessThan(26_000);
  });
});

describeOnEveryDatabase('what a run waits for', (_, underTest) => {
  afterEach(() => underTest.removeAll());

  it('is there after a restart: a time that has come meanwhile, and a signal', async () => {
    const env = { DATABASE_URL: await underTest.createUrl() };
    const clock = createVirtualClock();
    const before = await hostWorkflows(env, { clock });
    await before.start({ id: 'timed', steps: [{ id: 'a', wait: { ms: 60_000 } }] });
    await before.start({ id: 'told', steps: [{ id: 'a', wait: { signal: 'go' } }] });
    await before.service.stop();
    await clock.advance(120_000);

    await using after = await hostWorkflows(env, { clock, isAgain: true });
    await after.passUntil(async () => {
      expect(await after.read('timed')).toMatchObject({ status: 'completed' });
    });
    await after.signal({ name: 'go', data: 'late' }, 'told');
    expect(await after.read('told')).toMatchObject({ status: 'completed', results: { a: 'late' } });
  });
});
