import { expectRefusal } from './support/expect-refusal';
import {
  breakdown,
  commands,
  hostWorkflows,
  refusal,
  statusesOf,
  undoable,
  type HostedWorkflows,
} from './support/host-workflows';

describe('a step that fails', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  const retrying = (parts: object = {}) => ({
    steps: [{ id: 'a', type: 'a', retry: { max_attempts: 3, delay_ms: 1_000 }, ...parts }],
  });
  const takeAgain = () =>
    flow.passUntil(async () => {
      const [delivery] = await flow.desk.poll('wait_ms=0');
      expect(delivery).toBeDefined();
      return delivery;
    });
  const failedTries = async () =>
    (await flow.history()).filter(({ type }) => type === 'step_attempt_failed').map(({ data }) => data);

  it('is tried again by its retry policy, under the same id, and each failed try is in the history', async () => {
    await flow.start(retrying());
    await flow.answer('r:a:1', breakdown);
    expect(statusesOf(await flow.read())).toEqual({ a: 'waiting' });
    expect(await takeAgain()).toMatchObject({ id: 'r:a:1', attempt: 2 });
    await flow.desk.nack('r:a:1', { error: { code: 'busy', message: 'not now' } });
    expect(await takeAgain()).toMatchObject({ id: 'r:a:1', attempt: 3 });
    await flow.desk.reply('r:a:1', { result: 'at last' });

    expect(await failedTries()).toMatchObject([
      { attempt: 1, error: breakdown.error },
      { attempt: 2, error: { code: 'busy' } },
    ]);
    expect(await flow.read()).toMatchObject({ status: 'completed', steps: [{ attempts: 3, error: null }] });
  });

  it('fails after its last try, and the run with its error', async () => {
    await flow.start(retrying({ retry: { max_attempts: 2, delay_ms: 10 } }));
    await flow.answer('r:a:1', breakdown);
    await takeAgain();
    await flow.desk.reply('r:a:1', { error: { code: 'still-broken', message: 'no way' } });

    expect(await flow.read()).toMatchObject({
      status: 'failed',
      error: { code: 'still-broken', message: 'no way', step_id: 'a' },
      steps: [{ status: 'failed', attempts: 2 }],
      next_action_at: null,
    });
  });

  it('is not tried again when its handler says so', async () => {
    await flow.start(retrying());
    await flow.answer('r:a:1', refusal);

    expect(await flow.read()).toMatchObject({ status: 'failed', error: { ...refusal.error, step_id: 'a' } });
    expect(await failedTries()).toHaveLength(1);
  });

  it('has timed out after timeout_ms, and an answer to that try is good until the last is over', async () => {
    await flow.start(retrying({ timeout_ms: 2_000 }));
    await flow.desk.take();
    await flow.passUntil(async () => {
      expect(await failedTries()).toMatchObject([{ error: { code: 'timeout' } }]);
    });

    expect(await flow.desk.reply('r:a:1', { result: 'slow' })).toMatchObject({ status: 200 });
    expect(await flow.read()).toMatchObject({ status: 'completed', results: { a: 'slow' } });
  });

  it('takes no answer after it has timed out for good', async () => {
    await flow.start(retrying({ timeout_ms: 1_000, retry: { max_attempts: 1 } }));
    await flow.desk.take();
    await flow.passUntil(async () => {
      expect(await flow.read()).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    });

    expectRefusal(await flow.desk.reply('r:a:1', { result: 'too late' }), 409, 'illegal-transition');
  });

  it('fails a try with code no-handler when nobody is there, and goes on when somebody comes', async () => {
    await flow.start({ steps: [{ id: 'x', type: 'x', retry: { max_attempts: 100, delay_ms: 1_000 } }] });
    expect(await failedTries()).toMatchObject([{ error: { code: 'no-handler' }, sent: false }]);
    await flow.service.patch('/mediators/flow/colleagues/desk', { handles: ['x'] });

    expect(await takeAgain()).toMatchObject({ id: 'r:x:1' });
    await flow.desk.reply('r:x:1', { result: 1 });
    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });

  it('waits in the mailbox of its colleague while that is inactive', async () => {
    await flow.service.patch('/mediators/flow/colleagues/desk', { active: false });
    await flow.start({ steps: commands('a') });
    expect(await flow.read()).toMatchObject({ status: 'running' });
    await flow.service.patch('/mediators/flow/colleagues/desk', { active: true });

    await flow.answer('r:a:1');
    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });

  it('takes the first answer, the same one again, and no other', async () => {
    await flow.start({ steps: commands('a', 'b') });
    await flow.answer('r:a:1', { result: 1 });

    expect(await flow.desk.reply('r:a:1', { result: 1 })).toMatchObject({ status: 200 });
    expectRefusal(await flow.desk.reply('r:a:1', { result: 2 }), 409, 'illegal-transition');
    expect(await flow.read()).toMatchObject({ results: { a: 1 } });
  });

  it.each([{ when: '$error("no")' }, { input: '$error("no")' }, { loop: { items: '1 + "a"', max: 1 } }])(
    'because of an expression does so with code expression: %j',
    async (parts) => {
      await flow.start(retrying(parts));
      await flow.passUntil(async () => {
        expect(await flow.read()).toMatchObject({
          status: 'failed',
          error: { code: 'expression', step_id: 'a' },
        });
      });

      expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    },
  );
});

describe('a run that has failed', () => {
  it('goes on from where it failed: finished steps are not repeated, compensated ones are, under new ids', async () => {
    await using flow = await hostWorkflows();
    await flow.start({ steps: [...commands('a'), ...undoable('b'), ...commands('c')] });
    await flow.answer('r:a:1');
    await flow.answer('r:b:1');
    await flow.answer('r:c:1', refusal);
    await flow.answer('r:b:1:undo');
    expect(await flow.read()).toMatchObject({ status: 'failed', end_time: expect.any(String) as string });

    for (let time = 0; time < 2; time += 1) {
      expect(await flow.act('retry')).toMatchObject({
        status: 200,
        body: { status: 'running', error: null },
      });
    }
    await flow.answer('r:b:2');
    await flow.answer('r:c:2');

    expect(await flow.read()).toMatchObject({ status: 'completed', progress: 100 });
    expectRefusal(await flow.act('retry'), 409, 'illegal-transition');
  });

  it('does a step and all behind it again where from_step names it', async () => {
    await using flow = await hostWorkflows();
    await flow.start({ steps: commands('a', 'b', 'c') });
    await flow.answer('r:a:1');
    await flow.answer('r:b:1', { result: 'first' });
    await flow.answer('r:c:1', refusal);
    expectRefusal(await flow.act('retry', { from_step: 'x' }), 400, 'invalid');
    await flow.act('retry', { from_step: 'b' });
    await flow.answer('r:b:2', { result: 'second' });
    await flow.answer('r:c:2');

    expect(await flow.read()).toMatchObject({ status: 'completed', results: { b: 'second' } });
  });

  it('has failed with code timeout when its own time was over, and begins that anew with a retry', async () => {
    await using flow = await hostWorkflows();
    const begun = await flow.start({ timeout_ms: 5_000, steps: [{ id: 'a', wait: { signal: 'go' } }] });
    expect(begun['next_action_at']).toBe(new Date(flow.clock.now().getTime() + 5_000).toISOString());
    await flow.passUntil(async () => {
      expect(await flow.read()).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    });
    await flow.act('retry');
    await flow.signal({ name: 'go' });

    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });
});
