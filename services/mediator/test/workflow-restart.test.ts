import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { fold } from '../src/kinds/workflow/runs/fold';
import { runStore } from '../src/kinds/workflow/runs/run-store';
import type { Delivery } from '../src/mailbox/delivery';
import {
  breakdown,
  commands,
  hostWorkflows,
  refusal,
  undoable,
  type HostedWorkflows,
  type ShownRun,
} from './support/host-workflows';

const retry = { max_attempts: 3, delay_ms: 1_000 };
const steps = [
  ...undoable('a').map((step) => ({ ...step, retry })),
  { id: 's', workflow: 'sub' },
  { id: 'l', type: 'c', loop: { items: '[1, 2]', max: 2 }, input: 'item', compensate: 'undo_c' },
  { id: 'w', wait: { signal: 'go' } },
  { id: 't', wait: { ms: 3_000 } },
  { id: 'd', type: 'd', when: 'results.l[1] = 2' },
];

/** The colleague fails the first try of `a`, refuses `d`, and does everything else. */
function answerTo({ type, attempt, data }: Delivery): object {
  if (type === 'a' && attempt === 1) return breakdown;
  return type === 'd' ? refusal : { result: data };
}

/** What is done in one life of the service: as little as brings the run on. */
async function doOneThing(flow: HostedWorkflows, held: Delivery[]): Promise<ShownRun> {
  const delivery = held.pop();
  if (delivery) {
    expect(await flow.desk.reply(delivery.id, answerTo(delivery))).toMatchObject({ status: 200 });
  } else {
    held.push(...(await flow.desk.poll('limit=1&wait_ms=0')));
    if (held.length === 0) await passTime(flow);
  }
  return flow.read();
}

async function passTime(flow: HostedWorkflows): Promise<void> {
  const { steps: shown } = await flow.read();
  if (shown.some(({ id, status }) => id === 'w' && status === 'waiting')) {
    await flow.signal({ id: 'one', name: 'go' });
  }
  await flow.clock.advance(1_000);
}

/** What is stored of a run is what its stored history folds to. */
async function expectFold({ service: { database } }: HostedWorkflows, id: string): Promise<void> {
  const { mediator_key: mediatorKey } = await database.queries
    .withTables<{ workflows: { id: string; mediator_key: number } }>()
    .selectFrom('workflows')
    .select('mediator_key')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const page = { after: undefined, order: 'asc', limit: 1_000, offset: 0 } as const;
  const history = await runStore.history(database.queries, { mediatorKey, runId: id }, page);
  const stored = await runStore.find(database.queries, mediatorKey, id);
  expect(stored?.run).toEqual(fold(history.map(({ event }) => event)));
}

interface Lived {
  readonly run: ShownRun;
  readonly ids: readonly string[];
  readonly types: readonly string[];
}

async function live(host: (isAgain: boolean) => Promise<HostedWorkflows>, mayStop: boolean): Promise<Lived> {
  const held: Delivery[] = [];
  const ids: string[] = [];
  let flow = await host(false);
  await flow.service.post('/mediators/flow/definitions', { name: 'sub', steps: undoable('b') });
  let run = await flow.start({ steps: [...steps, ...commands('c')] });
  for (let life = 0; run.status !== 'failed'; life += 1) {
    expect(life).toBeLessThan(300);
    if (mayStop) {
      await flow.service.stop();
      flow = await host(true);
    }
    const before = held.length;
    run = await doOneThing(flow, held);
    if (held.length > before) ids.push(...held.map(({ id }) => id));
  }
  for (const id of ['r', 'r:s:1']) await expectFold(flow, id);
  const types = (await flow.history()).map(({ type, step_id: id }) => `${type} ${id}`);
  await flow.service.stop();
  return { run, ids, types };
}

describeOnEveryDatabase('a run', (_, underTest) => {
  let clock: VirtualClock;

  beforeEach(() => {
    clock = createVirtualClock();
  });
  afterEach(() => underTest.removeAll());

  it('whose service stops after everything that happens ends as if it never had, no command twice', async () => {
    const host = async () => {
      const env = { DATABASE_URL: await underTest.createUrl() };
      return (isAgain: boolean) => hostWorkflows(env, { clock, isAgain });
    };
    const steady = await live(await host(), false);
    const stopped = await live(await host(), true);

    expect(stopped.types).toEqual(steady.types);
    expect(stopped.ids).toEqual(steady.ids);
    expect(stopped.ids).toEqual([
      ...['r:a:1', 'r:a:1', 'r:s:1:b:1', 'r:l:1', 'r:l:2', 'r:d:1'],
      ...['r:l:2:undo', 'r:l:1:undo', 'r:s:1:b:1:undo', 'r:a:1:undo'],
    ]);
    expect(stopped.run).toMatchObject({ status: 'failed', error: { code: 'declined', step_id: 'd' } });
    // some forty starts of the service, on a machine that may be busy
  }, 120_000);

  it('whose commands are answered through two instances at once ends, with each answer counted once', async () => {
    const env = { DATABASE_URL: await underTest.createUrl() };
    await using one = await hostWorkflows(env, { clock });
    await using two = await hostWorkflows(env, { clock, isAgain: true });
    const runs = Array.from({ length: 10 }, (_value, index) => `r${index}`);
    const parallel = { type: 'parallel', steps: commands('a', 'b', 'c', 'd') };
    await Promise.all(runs.map((id, index) => (index % 2 === 0 ? one : two).start({ id, ...parallel })));

    const [first, second] = await Promise.all([
      one.desk.poll('limit=20&wait_ms=0'),
      two.desk.poll('limit=20&wait_ms=0'),
    ]);
    const deliveries = [...first, ...second];
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(40);
    const answers = await Promise.all(
      deliveries.flatMap(({ id }) => [one, two].map((flow) => flow.desk.reply(id, { result: id }))),
    );

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const id of runs) {
      expect(await one.read(id)).toMatchObject({ status: 'completed' });
      const history = await one.history(id);
      expect(history.map(({ sequence }) => sequence)).toEqual(history.map((_event, index) => index + 1));
      expect(history.filter(({ type }) => type === 'step_completed')).toHaveLength(4);
    }
  });
});
