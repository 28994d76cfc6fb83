import { createWorld, define, type World } from './testing/world';

const undoable = (id: string) => ({ id, type: id, compensate: `undo_${id}` });
const ids = (world: World) => world.given.map(({ commandId }) => commandId);
const statuses = (world: World) =>
  Object.fromEntries(world.run().steps.map(({ id, status }) => [id, status]));
const cancel = { kind: 'cancel', reason: 'changed my mind', compensate: true } as const;

describe('a sub-workflow', () => {
  const definitions = [define([undoable('x')], { name: 'sub' })];
  const parent = define([
    { id: 'a', workflow: 'sub' },
    { id: 'b', type: 'b' },
  ]);

  it('is a run of its own, whose results are the result of the step', async () => {
    const world = createWorld({ definitions });
    world.start(parent, { k: 1 });
    expect(world.run('r:a:1')).toMatchObject({ parent: { id: 'r' }, data: { given: { k: 1 } } });
    world.done('r:a:1:x:1', 5);
    await world.passUntilQuiet();

    expect(world.run().steps[0]).toMatchObject({ status: 'completed', result: { x: 5 } });
    expect(ids(world)).toContain('r:b:1');
  });

  it('that fails lets the step fail', async () => {
    const world = createWorld({ definitions });
    world.start(parent);
    world.fail('r:a:1:x:1', 'no');
    await world.passUntilQuiet();

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'no', step_id: 'a' } });
  });

  it('undoes itself where the run above fails later', async () => {
    const world = createWorld({ definitions });
    world.start(parent);
    world.done('r:a:1:x:1');
    await world.passUntilQuiet();
    world.fail('r:b:1');
    expect(world.run('r:a:1').status).toBe('compensating');
    world.done('r:a:1:x:1:undo');
    await world.passUntilQuiet();

    expect(world.run('r:a:1').status).toBe('cancelled');
    expect(statuses(world)).toEqual({ a: 'compensated', b: 'failed' });
  });

  it('is paused, resumed and cancelled with the run above', async () => {
    const world = createWorld({ definitions });
    world.start(parent);
    world.tell({ kind: 'pause' });
    expect(world.run('r:a:1').status).toBe('paused');
    world.tell({ kind: 'resume' });
    expect(world.run('r:a:1').status).toBe('running');
    world.tell(cancel);
    expect([world.run().status, world.run('r:a:1').status]).toEqual(['compensating', 'compensating']);
    world.done('r:a:1:x:1');
    world.done('r:a:1:x:1:undo');
    await world.passUntilQuiet();

    expect([world.run().status, world.run('r:a:1').status]).toEqual(['cancelled', 'cancelled']);
  });

  it('that was begun again by hand is undone when it has completed, where the run above fails meanwhile', async () => {
    const world = createWorld({ definitions });
    world.start(parent);
    world.done('r:a:1:x:1');
    await world.passUntilQuiet();
    world.fail('r:b:1');
    world.fail('r:a:1:x:1:undo');
    await world.passUntilQuiet();
    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'compensation-failed' } });

    world.tell({ kind: 'retry', fromStep: 'x' }, 'r:a:1');
    world.tell({ kind: 'retry', fromStep: null });
    world.fail('r:b:2');
    expect(world.run().status).toBe('compensating');
    world.done('r:a:1:x:2');
    await world.passUntilQuiet();
    expect(world.run('r:a:1').status).toBe('compensating');
    world.done('r:a:1:x:2:undo');
    world.done('r:a:1:x:1:undo');
    await world.passUntilQuiet();

    expect([world.run('r:a:1').status, world.run().status]).toEqual(['cancelled', 'failed']);
    expect(world.run()).toMatchObject({ error: { code: 'failed', step_id: 'b' } });
  });

  it('without a definition fails the step', () => {
    const world = createWorld();
    world.start(parent);

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'not-found' } });
  });
});
