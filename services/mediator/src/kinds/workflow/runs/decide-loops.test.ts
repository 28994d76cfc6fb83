import { createWorld, define, type World } from './testing/world';

const undoable = (id: string) => ({ id, type: id, compensate: `undo_${id}` });
const statuses = (world: World) =>
  Object.fromEntries(world.run().steps.map(({ id, status }) => [id, status]));

describe('a loop', () => {
  it('goes through its items one after another, with an id for each, and gives the list of results', async () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', loop: { items: '["x", "y"]', max: 5 }, input: 'item' }]));
    for (const round of [1, 2]) {
      await world.passUntilQuiet();
      world.done(`r:a:${round}`, round);
    }
    await world.passUntilQuiet();

    expect(world.given.map(({ data }) => data)).toEqual(['x', 'y']);
    expect(world.run()).toMatchObject({ status: 'completed', steps: [{ result: [1, 2], iterations: 2 }] });
  });

  it('goes on until its condition is true', async () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', loop: { until: 'iteration = 1', max: 5 } }]));
    for (const round of [1, 2]) {
      world.done(`r:a:${round}`, round);
      await world.passUntilQuiet();
    }

    expect(world.run()).toMatchObject({ status: 'completed', steps: [{ result: [1, 2] }] });
  });

  it.each([
    ['its condition stays false', { until: 'false', max: 2 }],
    ['it has too many items', { items: '[1, 2, 3]', max: 2 }],
  ])('fails with code loop-bound when %s', async (_, loop) => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', loop }]));
    for (const round of [1, 2]) {
      await world.passUntilQuiet();
      world.done(`r:a:${round}`);
    }
    await world.passUntilQuiet();

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'loop-bound' } });
  });

  it('of no items has ended at once', async () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a', loop: { items: '[]', max: 2 } }]));
    await world.passUntilQuiet();

    expect(world.run()).toMatchObject({ status: 'completed', steps: [{ result: [], iterations: 0 }] });
  });

  it('undoes each round that was done, the latest first', async () => {
    const world = createWorld();
    world.start(define([{ ...undoable('a'), loop: { items: '[1, 2, 3]', max: 3 } }]));
    await world.passUntilQuiet();
    world.done('r:a:1');
    world.done('r:a:2');
    world.fail('r:a:3');
    world.done('r:a:2:undo');
    world.done('r:a:1:undo');

    expect(world.run()).toMatchObject({ status: 'failed', steps: [{ status: 'compensated' }] });
  });

  it.each([{ input: 'long' }, { loop: { items: 'long', max: 1 } }])(
    'or a step does not begin where %j is too large',
    async (parts) => {
      const world = createWorld({ maxBytes: 100, evaluate: async () => ({ value: 'x'.repeat(150) }) });
      world.start(define([{ id: 'a', type: 'a', ...parts }]));
      await world.passUntilQuiet();

      expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'too-large' } });
      expect(world.given).toEqual([]);
    },
  );

  it('fails with code too-large when its results together are', async () => {
    const world = createWorld({ maxBytes: 100 });
    world.start(define([{ id: 'a', type: 'a', loop: { items: '[1, 2]', max: 2 } }]));
    await world.passUntilQuiet();
    world.done('r:a:1', 'x'.repeat(60));
    world.done('r:a:2', 'x'.repeat(60));

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'too-large' } });
  });
});

describe('a wait', () => {
  const signal = (id: string, data: unknown = null) => ({ kind: 'signal', id, name: 's', data }) as const;

  it('for a time ends by itself', async () => {
    const world = createWorld();
    world.start(define([{ id: 'a', wait: { ms: 5_000 } }]));
    expect(statuses(world)).toEqual({ a: 'waiting' });
    await world.pass();

    expect(world.run()).toMatchObject({ status: 'completed', endedAt: world.run().startedAt + 5_000 });
  });

  it('for a signal ends with its data', () => {
    const world = createWorld();
    world.start(define([{ id: 'a', wait: { signal: 's' } }]));
    world.tell(signal('1', { ok: true }));

    expect(world.run()).toMatchObject({ status: 'completed', steps: [{ result: { ok: true } }] });
  });

  it('takes a signal that came before it, and each signal once', () => {
    const world = createWorld();
    const steps = [
      { id: 'a', type: 'a' },
      { id: 'b', wait: { signal: 's' } },
      { id: 'c', wait: { signal: 's' } },
    ];
    world.start(define(steps));
    world.tell(signal('1', 'first'));
    world.done('r:a:1');
    expect(statuses(world)).toEqual({ a: 'completed', b: 'completed', c: 'waiting' });

    world.tell(signal('2', 'second'));
    expect(world.run().steps.map(({ result }) => result)).toEqual([null, 'first', 'second']);
  });

  it.each([{ signal: 's' }, { ms: 5_000 }])('for %j fails at its limit', async (wait) => {
    const world = createWorld();
    world.start(define([{ id: 'a', wait, timeout_ms: 100 }]));
    await world.pass();

    expect(world.run()).toMatchObject({ status: 'failed', error: { code: 'timeout', step_id: 'a' } });
  });

  it('that has no limit is undone within that of all steps', async () => {
    const world = createWorld();
    world.start(
      define([
        { id: 'a', wait: { ms: 10 }, compensate: 'undo' },
        { id: 'b', type: 'b' },
      ]),
    );
    await world.pass();
    world.fail('r:b:1');
    const [undo] = world.run().undos;

    expect((undo?.dueAt ?? 0) - world.run().startedAt).toBe(60_010);
  });

  it('keeps no more than 100 signals', () => {
    const world = createWorld();
    world.start(define([{ id: 'a', type: 'a' }]));
    for (let count = 0; count < 100; count += 1) world.tell(signal(String(count)));

    expect(() => world.tell(signal('100'))).toThrow('100 signals wait already');
  });
});
