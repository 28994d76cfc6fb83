import { fold } from './fold';
import { createWorld, define, type World } from './testing/world';

const undoable = (id: string) => ({ id, type: id, compensate: `undo_${id}` });
const types = (world: World) =>
  world.history().map(({ type, stepId }) => (stepId ? `${type} ${stepId}` : type));
const ids = (world: World) => world.given.map(({ commandId }) => commandId);
const statuses = (world: World) =>
  Object.fromEntries(world.run().steps.map(({ id, status }) => [id, status]));
const cancel = { kind: 'cancel', reason: 'changed my mind', compensate: true } as const;

describe('a run', () => {
  it('of a sequential workflow does one step after the other', () => {
    const world = createWorld();
    world.start(
      define([
        { id: 'a', type: 'a' },
        { id: 'b', type: 'b' },
      ]),
    );
    expect(ids(world)).toEqual(['r:a:1']);

    world.done('r:a:1', 1);
    world.done('r:b:1', 2);

    expect(types(world)).toEqual([
      ...['workflow_started', 'step_started a', 'step_completed a'],
      ...['step_started b', 'step_completed b', 'workflow_completed'],
    ]);
  });

  it('of a parallel workflow begins all steps that wait for nothing at once', () => {
    const world = createWorld();
    const steps = [
      { id: 'a', type: 'a' },
      { id: 'b', type: 'b' },
      { id: 'c', type: 'c', dependencies: ['a', 'b'] },
    ];
    world.start(define(steps, { type: 'parallel' }));
    expect(ids(world)).toEqual(['r:a:1', 'r:b:1']);

    world.done('r:b:1');
    expect(ids(world)).toHaveLength(2);
    world.done('r:a:1');
    expect(ids(world)).toEqual(['r:a:1', 'r:b:1', 'r:c:1']);
  });

  it('gives a step the data of the run with its own over it', () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', data: { y: 2 } }]), { x: 1, y: 1 });

    expect(world.given[0]?.data).toEqual({ x: 1, y: 2 });
  });

  it('gives a step what its input expression says', async () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', input: '{"z": 3}' }]), { x: 1 });
    expect(world.given).toEqual([]);

    await world.passUntilQuiet();

    expect(world.given[0]?.data).toEqual({ z: 3 });
  });

  it('takes the first answer to a command only', () => {
    const world = createWorld();
    world.start(
      define([
        { id: 'a', type: 'a' },
        { id: 'b', type: 'b' },
      ]),
    );
    world.done('r:a:1', 1);

    expect(world.done('r:a:1', 2)).toMatchObject({ isLate: true, events: [] });
    expect(world.run().steps[0]?.result).toBe(1);
  });

  it('skips a step whose condition is false, and goes on behind it', async () => {
    const world = createWorld();
    world.start(
      define([
        { id: 'a', type: 'a', when: 'false' },
        { id: 'b', type: 'b', when: '1' },
      ]),
    );

    await world.passUntilQuiet();
    world.done('r:b:1');

    expect(statuses(world)).toEqual({ a: 'skipped', b: 'completed' });
    expect(world.run().status).toBe('completed');
  });

  it.each(['when', 'input'])('fails with code expression where its %s does', async (field) => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', [field]: 'broken' }]));

    await world.passUntilQuiet();

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'expression', step_id: 'a' } });
    expect(world.given).toEqual([]);
  });
});

describe('a try that fails', () => {
  const step = { id: 'a', type: 'a', retry: { max_attempts: 2, delay_ms: 1_000 } };

  it('is followed by another with the same id, after the delay of the policy', async () => {
    const world = createWorld();
    world.start(define([step]));
    world.fail('r:a:1', 'busy', true);
    expect(statuses(world)).toEqual({ a: 'waiting' });
    expect(world.given).toHaveLength(1);

    await world.pass();

    expect(world.given).toMatchObject([
      { commandId: 'r:a:1', attempt: 1 },
      { commandId: 'r:a:1', attempt: 2 },
    ]);
    world.done('r:a:1', 'late but good');
    expect(world.run()).toMatchObject({ status: 'completed', steps: [{ attempts: 2, error: null }] });
  });

  it('is the last where it may not be tried again', () => {
    const world = createWorld();
    world.start(define([step]));
    world.fail('r:a:1', 'no', false);

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'no', step_id: 'a' } });
    expect(world.open.size).toBe(0);
  });

  it('is not the last word: an answer to it is good while the next is waited for', () => {
    const world = createWorld();
    world.start(define([step]));
    world.fail('r:a:1', 'busy', true);

    expect(world.done('r:a:1', 7).isLate).toBe(false);
    expect(world.run().status).toBe('completed');
  });

  it('has timed out at its limit, and after the last the step has', async () => {
    const world = createWorld();
    world.start(define([{ ...step, timeout_ms: 500 }]));
    for (let tick = 0; tick < 3; tick += 1) await world.pass();

    expect(types(world)).toEqual([
      ...['workflow_started', 'step_started a', 'step_attempt_failed a'],
      ...['step_started a', 'step_attempt_failed a', 'step_failed a', 'workflow_failed'],
    ]);
    expect(world.run().error).toMatchObject({ code: 'timeout', step_id: 'a' });
  });

  it('is one that nobody was there for, with code no-handler', async () => {
    const world = createWorld({ hasHandler: () => false });
    world.start(define([{ ...step, compensate: 'undo' }]));
    await world.pass();

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'no-handler' }, undos: [] });
  });
});

describe('a failure', () => {
  it('undoes what was done, the latest first, one by one', () => {
    const world = createWorld();
    world.start(define([undoable('a'), { id: 'b', type: 'b' }, undoable('c'), { id: 'd', type: 'd' }]));
    for (const id of ['a', 'b', 'c']) world.done(`r:${id}:1`, id);
    world.fail('r:d:1', 'declined');
    expect(world.run().status).toBe('compensating');
    expect(world.given.at(-1)).toMatchObject({
      commandId: 'r:c:1:undo',
      type: 'undo_c',
      data: { input: {}, result: 'c' },
    });

    world.done('r:c:1:undo');
    expect(world.given.at(-1)?.commandId).toBe('r:a:1:undo');
    world.done('r:a:1:undo');

    expect(statuses(world)).toEqual({ a: 'compensated', b: 'completed', c: 'compensated', d: 'failed' });
    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'declined', step_id: 'd' } });
  });

  it.each([
    ['refused by the handler', 'refused', false, 0],
    ['of which nobody knows what it did', 'broken', true, 1],
  ])('of a step %s undoes that step accordingly', (_, code, retryable, undone) => {
    const world = createWorld();
    world.start(define([{ ...undoable('a'), retry: { max_attempts: 1 } }]));
    world.fail('r:a:1', code, retryable);

    expect(world.run().undos).toHaveLength(undone);
    if (undone > 0) world.done('r:a:1:undo');
    expect(world.run().status).toBe('failed');
  });

  it('awaits what runs, begins nothing, drops waits, and then undoes what came in meanwhile', () => {
    const world = createWorld();
    const steps = [undoable('a'), { id: 'b', type: 'b' }, { id: 'w', wait: { signal: 's' } }];
    world.start(define([...steps, { id: 'z', type: 'z', dependencies: ['a'] }], { type: 'parallel' }));
    world.fail('r:b:1');
    expect(world.run().status).toBe('running');
    expect(statuses(world)).toEqual({ a: 'running', b: 'failed', w: 'cancelled', z: 'cancelled' });

    world.done('r:a:1');

    expect(ids(world)).toEqual(['r:a:1', 'r:b:1', 'r:a:1:undo']);
  });

  it('ends with compensation-failed where something could not be undone, after all the rest was', () => {
    const world = createWorld();
    world.start(define([undoable('a'), undoable('b'), { id: 'c', type: 'c' }]));
    world.done('r:a:1');
    world.done('r:b:1');
    world.fail('r:c:1');
    world.fail('r:b:1:undo', 'stuck');
    world.done('r:a:1:undo');

    expect(statuses(world)).toEqual({ a: 'compensated', b: 'completed', c: 'failed' });
    expect(world.run()).toMatchObject({
      status: 'failed',
      error: { code: 'compensation-failed', step_id: 'b' },
    });
  });

  it('is that of the run when its time is over, whoever still works on it', async () => {
    const world = createWorld();
    world.start(define([undoable('a')], { timeout_ms: 1_000 }));
    await world.pass();
    expect(world.run().status).toBe('compensating');
    world.done('r:a:1:undo');

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    expect(world.run().error).not.toHaveProperty('step_id');
  });
});

it('the state of a run is the fold of its history', async () => {
  const world = createWorld();
  world.start(
    define([
      { ...undoable('a'), loop: { items: '[1, 2]', max: 2 } },
      { id: 'b', wait: { signal: 's' } },
    ]),
  );
  await world.passUntilQuiet();
  world.done('r:a:1', { big: [1] });
  world.done('r:a:2');
  world.tell({ kind: 'signal', id: '1', name: 'other', data: 1 });
  world.tell(cancel);

  expect(fold(world.history())).toEqual(world.run());
  expect(world.history()).toHaveLength(world.run().sequence);
});
