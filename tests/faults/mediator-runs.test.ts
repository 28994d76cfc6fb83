import { eventually } from '@fanfare/core/testing';
import { randomInt } from 'node:crypto';
import { keepDoing, startMediatorSystem, untilMore, type MediatorSystem } from '../support/mediator-system';

const kills = Number(process.env['MEDIATOR_KILLS'] ?? 2);
const patience = { timeoutMs: 90_000, everyMs: 200 };
const retry = { max_attempts: 3, delay_ms: 50, max_delay_ms: 200 };
const limits = { retry, timeout_ms: 400 };
const definitions = [
  { name: 'small', steps: [{ id: 'x', type: 'do', compensate: 'undo', ...limits }] },
  {
    name: 'big',
    steps: [
      { id: 'first', type: 'do', compensate: 'undo', ...limits },
      { id: 'many', type: 'do', loop: { items: '[1, 2, 3]', max: 5 }, ...limits },
      { id: 'rest', wait: { ms: 150 } },
      { id: 'left', type: 'do', compensate: 'undo', dependencies: ['rest'], ...limits },
      { id: 'right', workflow: 'small', dependencies: ['rest'] },
      { id: 'heard', wait: { signal: 'go' }, timeout_ms: 500, dependencies: ['left', 'right'] },
    ],
  },
];
const jobs = [
  { id: 'ticking', name: 'do', every_ms: 1_000, overlap: 'allow', ...limits },
  { id: 'called', name: 'do', type: 'on-demand', overlap: 'allow', ...limits },
];

interface Stored {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** What lists show that has not ended, and by which field one sees that it goes on. */
const open = [
  { path: '/flow/workflows?status=running', collection: 'workflows', goesOnBy: 'next_action_at' },
  { path: '/flow/workflows?status=compensating', collection: 'workflows', goesOnBy: 'next_action_at' },
  { path: '/chores/tasks?status=running', collection: 'tasks', goesOnBy: 'lease_until' },
];
const openAtTheEnd = [
  ...open,
  { path: '/chores/tasks?status=pending', collection: 'tasks' },
  { path: '/chores/tasks?status=blocked', collection: 'tasks' },
  { path: '/ops/jobs/ticking/runs?status=running', collection: 'runs' },
  { path: '/ops/jobs/called/runs?status=running', collection: 'runs' },
];

describe('workflows, tasks and jobs of a mediator that is killed again and again', () => {
  let system: MediatorSystem;
  let begun: number;

  beforeAll(async () => {
    system = await startMediatorSystem(1);
    const { insist } = system.client;
    await system.begin({ name: 'flow', kind: 'workflow' }, { desk: ['do', 'undo'] });
    await system.begin({ name: 'ops', kind: 'job' }, { desk: ['do'] });
    await system.begin({ name: 'chores', kind: 'task' }, { desk: [] });
    for (const definition of definitions) await insist('POST', '/flow/definitions', definition);
    for (const job of jobs) await insist('POST', '/ops/jobs', job);
  });
  afterAll(() => system.close());

  /** Begins one of each kind; whether the mediator lives or not, each is begun once. */
  async function begin(): Promise<void> {
    const { insist } = system.client;
    const n = (begun += 1);
    const id = `r-${n}`;
    const dependencies = n % 3 === 0 ? [`r-${n - 1}`] : [];
    const answers = [
      await insist('POST', '/flow/workflows', { id, name: 'big' }),
      await insist('POST', `/flow/workflows/${id}/signals`, { id, name: 'go' }),
      await insist('POST', '/chores/tasks', { id, name: id, retry, dependencies }),
      await insist('POST', '/ops/jobs/called/runs', { id }),
    ];
    // a run may have failed before it is signalled
    expect(answers.filter(({ status }) => ![200, 201, 409].includes(status))).toEqual([]);
  }

  /** Takes commands, and does, refuses, fails or forgets them. */
  async function answer(mediator: string): Promise<void> {
    const mailbox = `/${mediator}/colleagues/desk/messages`;
    const path = `${mailbox}?limit=5&wait_ms=200&visibility_ms=300`;
    const polled = await system.client.ask<{ messages: readonly Stored[] }>('GET', path);
    for (const { id } of polled?.body.messages ?? []) {
      const luck = randomInt(20);
      if (luck < 2) continue;
      const error = { code: 'mishap', message: 'it did not work', retryable: luck < 5 };
      await system.client.ask('POST', `${mailbox}/${id}/reply`, luck < 6 ? { error } : { result: luck });
    }
  }

  /** Claims tasks, and completes, fails or forgets them. */
  async function work(): Promise<void> {
    const claim = { colleague_id: 'desk', lease_ms: 300, limit: 3, wait_ms: 200 };
    const claimed = await system.client.ask<{ tasks: readonly Stored[] }>(
      'POST',
      '/chores/tasks/claim',
      claim,
    );
    for (const { id, token } of claimed?.body.tasks ?? []) {
      const luck = randomInt(10);
      if (luck > 1)
        await system.client.ask('POST', `/chores/tasks/${id}/${luck === 2 ? 'fail' : 'complete'}`, { token });
    }
  }

  async function expectAllGoOn(): Promise<void> {
    for (const { path, collection, goesOnBy } of open)
      for (const each of await system.client.list<Stored>(path, collection))
        expect(each).toMatchObject({ [goesOnBy]: expect.stringMatching(/^\d{4}-/) as string });
    const { body } = await system.client.insist('GET', '/ops/jobs/ticking');
    expect(body).toMatchObject({ next_run: expect.stringMatching(/^\d{4}-/) as string });
  }

  it('always have something that comes next, and all end, though nobody answers any more', async () => {
    begun = 0;
    const beginning = keepDoing([begin]);
    const answering = keepDoing([() => answer('flow'), () => answer('flow'), () => answer('ops')]);
    const working = keepDoing([work]);
    for (let killed = 0; killed < kills; killed += 1) {
      await untilMore(() => begun, randomInt(5, 25));
      await system.killAndRestart(0);
      await expectAllGoOn();
    }
    await untilMore(() => begun, 5);
    await Promise.all([beginning.stop(), answering.stop()]);
    await system.client.insist('POST', '/ops/jobs/ticking/pause');
    await system.killAndRestart(0);

    await eventually(async () => {
      for (const { path, collection } of openAtTheEnd)
        expect(await system.client.list(path, collection)).toEqual([]);
    }, patience);
    await working.stop();
    const ended = await system.client.list<Stored>('/flow/workflows?name=big', 'workflows');
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['completed', 'failed']));
    expect(ended.filter(({ next_action_at: next }) => next !== null)).toEqual([]);
  });
});
