import { createWorld, define, type World } from './testing/world';

const undoable = (id: string) => ({ id, type: id, compensate: `undo_${id}` });
const ids = (world: World) => world.given.map(({ commandId }) => commandId);
const statuses = (world: World) =>
  Object.fromEntries(world.run().steps.map(({ id, status }) => [id, status]));
const cancel = { kind: 'cancel', reason: 'changed my mind', compensate: true } as const;

describe('a client', () => {
  const steps = [undoable('a'), { id: 'b', type: 'b' }];

  it('pauses a run: what runs ends, nothing new begins until it is resumed', () => {
    const world = createWorld();
    world.start(define(steps));
    world.tell({ kind: 'pause' });
    world.done('r:a:1');
    expect(ids(world)).toEqual(['r:a:1']);
    world.tell({ kind: 'resume' });

    expect(ids(world)).toEqual(['r:a:1', 'r:b:1']);
  });

  it('finds a run that ended its last step while it was paused completed when it is resumed', () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a' }]));
    world.tell({ kind: 'pause' });
    world.done('r:a:1');
    expect(world.run().status).toBe('paused');
    world.tell({ kind: 'resume' });

    expect(world.run().status).toBe('completed');
  });

  it('cancels a run: what was done is undone, what could not be undone is not waited for', () => {
    const world = createWorld();
    world.start(define(steps));
    world.done('r:a:1');
    world.tell(cancel);
    expect(world.run().status).toBe('compensating');
    expect([...world.open]).toEqual(['r:a:1:undo']);
    world.done('r:a:1:undo');

    expect(world.run()).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled', message: 'changed my mind' },
    });
    expect(world.done('r:b:1').isLate).toBe(true);
  });

  it.each([
    ['there is nothing to undo', true, false],
    ['it is not to be undone', false, true],
  ])('cancels a run directly where %s', (_, compensate, isDone) => {
    const world = createWorld();
    world.start(define(isDone ? steps : steps.slice(1)));
    if (isDone) world.done('r:a:1');
    world.tell({ ...cancel, compensate });

    expect(world.run().status).toBe('cancelled');
    expect(world.open.size).toBe(0);
  });

  it('retries a failed run: finished steps are not repeated, compensated ones are, under other ids', () => {
    const world = createWorld();
    world.start(define([{ id: 'p', type: 'p' }, ...steps]));
    world.done('r:p:1');
    world.done('r:a:1');
    world.fail('r:b:1');
    world.done('r:a:1:undo');
    world.tell({ kind: 'retry', fromStep: null });
    world.done('r:a:2');
    world.done('r:b:2');

    expect(world.run()).toMatchObject({ status: 'completed', error: null });
    expect(ids(world)).toEqual(['r:p:1', 'r:a:1', 'r:b:1', 'r:a:1:undo', 'r:a:2', 'r:b:2']);
  });

  it('retries from a step: it and all behind it are done again', () => {
    const world = createWorld();
    world.start(define(['a', 'b', 'c'].map((id) => ({ id, type: id }))));
    world.done('r:a:1');
    world.done('r:b:1');
    world.fail('r:c:1');
    world.tell({ kind: 'retry', fromStep: 'b' });

    expect(statuses(world)).toEqual({ a: 'completed', b: 'running', c: 'pending' });
  });

  it('cannot retry from a step that is not there', () => {
    const world = createWorld();
    world.start(define(steps));
    world.fail('r:a:1');

    expect(() => world.tell({ kind: 'retry', fromStep: 'x' })).toThrow('from_step names no step');
  });

  const pause = { kind: 'pause' } as const;
  const resume = { kind: 'resume' } as const;
  const retry = { kind: 'retry', fromStep: null } as const;
  const states = {
    running: () => undefined,
    paused: (world: World) => world.tell(pause),
    compensating: (world: World) => (world.done('r:a:1'), world.fail('r:b:1')),
    completed: (world: World) => (world.done('r:a:1'), world.done('r:b:1')),
    failed: (world: World) => world.fail('r:a:1'),
    cancelled: (world: World) => world.tell({ ...cancel, compensate: false }),
  };
  it.each([
    ...[['running', pause, 'paused'] as const, ['running', resume, 'running'] as const],
    ...[['running', retry, 'refused'] as const, ['running', cancel, 'compensating'] as const],
    ...[['paused', pause, 'paused'] as const, ['paused', resume, 'running'] as const],
    ...[['paused', retry, 'refused'] as const, ['paused', cancel, 'compensating'] as const],
    ...[['compensating', pause, 'refused'] as const, ['compensating', resume, 'refused'] as const],
    ...[['compensating', retry, 'refused'] as const, ['compensating', cancel, 'refused'] as const],
    ...[['completed', pause, 'refused'] as const, ['completed', resume, 'refused'] as const],
    ...[['completed', retry, 'refused'] as const, ['completed', cancel, 'refused'] as const],
    ...[['failed', pause, 'refused'] as const, ['failed', resume, 'refused'] as const],
    ...[['failed', retry, 'running'] as const, ['failed', cancel, 'refused'] as const],
    ...[['cancelled', pause, 'refused'] as const, ['cancelled', resume, 'refused'] as const],
    ...[['cancelled', retry, 'running'] as const, ['cancelled', cancel, 'cancelled'] as const],
  ])('finds that a run that is %s after %j is %s', (status, action, expected) => {
    const world = createWorld();
    world.start(define(steps));
    states[status](world);
    expect(world.run().status).toBe(status);

    const act = () => world.tell(action);

    if (expected === 'refused') expect(act).toThrow(`the workflow is ${status}`);
    else expect(act().run.status).toBe(expected);
  });
});
