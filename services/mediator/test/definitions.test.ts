import { expectProblem } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

const path = '/mediators/w/definitions';

/** A definition of which only what a command is called differs. */
function define(name: string, type = 'pack') {
  return { name, steps: [{ name: 'first', type }] };
}

function running(name: string, workflow: string) {
  return { name, steps: [{ id: 's', workflow }] };
}

describe('definitions of workflows', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator();
    await service.begin({ name: 'w', kind: 'workflow' });
  });
  afterEach(() => service.stop());

  async function versionsOf(name: string): Promise<readonly unknown[]> {
    const versions = [];
    for (let version = 1; ; version += 1) {
      const { status, body } = await service.get(`${path}/${name}?version=${version}`);
      if (status !== 200) return versions;
      versions.push((body as { readonly steps: readonly { readonly type: string }[] }).steps[0]?.type);
    }
  }

  it('are shown with all that they leave out', async () => {
    const { status, headers, body } = await service.post(path, {
      name: 'ship',
      type: 'parallel',
      timeout_ms: 60_000,
      steps: [
        { name: 'pick', type: 'pick', loop: { items: 'data.items', max: 10 }, compensate: 'put_back' },
        { id: 'go', wait: { signal: 'truck' }, dependencies: ['pick'] },
      ],
    });
    const retry = { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 };
    const leftOut = { when: null, loop: null, input: null, data: {}, handler_id: null, compensate: null };

    expect({ status, location: headers['location'] }).toEqual({
      status: 201,
      location: '/api/v1/mediators/w/definitions/ship?version=1',
    });
    expect(body).toEqual({
      name: 'ship',
      version: 1,
      type: 'parallel',
      timeout_ms: 60_000,
      created_at: expect.any(String) as string,
      steps: [
        {
          ...leftOut,
          id: 'pick',
          name: 'pick',
          type: 'pick',
          dependencies: [],
          retry,
          timeout_ms: 1_800_000,
          loop: { items: 'data.items', max: 10 },
          compensate: 'put_back',
        },
        {
          ...leftOut,
          id: 'go',
          name: 'go',
          wait: { signal: 'truck' },
          dependencies: ['pick'],
          retry,
          timeout_ms: 1_800_000,
        },
      ],
    });
    expect((await service.get(`${path}/ship`)).body).toEqual(body);
  });

  it('keep their version when an equal one is posted, also as it was shown, and have the next when it differs', async () => {
    const first = await service.post(path, define('ship'));
    const same = await service.post(path, { steps: define('ship').steps, type: 'conditional', name: 'ship' });
    const shown = await service.post(path, first.body);
    const changed = await service.post(path, define('ship', 'wrap'));
    const back = await service.post(path, define('ship'));

    expect([first, same, shown, changed, back].map(({ status }) => status)).toEqual([
      201, 200, 200, 201, 201,
    ]);
    expect(same.headers['idempotency-replayed']).toBe('true');
    expect(same.body).toEqual(first.body);
    expect(shown.body).toEqual(first.body);
    expect(await versionsOf('ship')).toEqual(['pack', 'wrap', 'pack']);
    expect((await service.get(`${path}/ship`)).body).toMatchObject({ version: 3 });
  });

  it('have versions without gaps, however many are posted at once', async () => {
    const types = Array.from({ length: 12 }, (_, n) => `t${n % 6}`);

    const answers = await Promise.all(types.map((type) => service.post(path, define('ship', type))));

    const created = answers.filter(({ status }) => status === 201);
    expect(await versionsOf('ship')).toHaveLength(created.length);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(types.length - created.length);
  });

  it('are listed page by page, of each the newest version', async () => {
    for (const name of ['a', 'b', 'c']) await service.post(path, define(name));
    await service.post(path, define('a', 'wrap'));

    const first = (await service.get(`${path}?limit=2`)).body as Page;
    const rest = (await service.get(`${path}?limit=2&cursor=${first.next_cursor}`)).body as Page;
    const reverse = (await service.get(`${path}?order=desc`)).body as Page;

    expect(first.definitions.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(rest).toMatchObject({ definitions: [{ name: 'a', version: 2 }], next_cursor: null });
    expect(reverse.definitions.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
  });

  it('that are removed are not found, and the next of the name does not take their versions', async () => {
    await service.post(path, define('ship'));
    await service.post(path, define('ship', 'wrap'));

    expect((await service.delete(`${path}/ship`)).status).toBe(204);

    expectProblem(await service.get(`${path}/ship`), 404);
    expectProblem(await service.get(`${path}/ship?version=1`), 404);
    expectProblem(await service.delete(`${path}/ship`), 404);
    expect((await service.get(path)).body).toEqual({ definitions: [], next_cursor: null });
    expect((await service.post(path, define('ship'))).body).toMatchObject({ version: 3 });
  });

  it('are gone with their mediator', async () => {
    await service.post(path, define('ship'));
    await service.delete('/mediators/w');
    await service.begin({ name: 'w', kind: 'workflow' });

    expect((await service.get(path)).body).toMatchObject({ definitions: [] });
    expect((await service.post(path, define('ship'))).body).toMatchObject({ version: 1 });
  });

  it('that cannot be run are refused, with each step concerned and the reason', async () => {
    const { status, body } = await service.post(path, {
      name: 'ship',
      type: 'parallel',
      steps: [
        { id: 'pay', type: 't', dependencies: ['ship'] },
        { id: 'ship', type: 't', dependencies: ['pay', 'pick'] },
        { id: 'tell', type: 't', dependencies: ['ship'], when: 'data.' },
        { id: 'bill', workflow: 'invoice' },
      ],
    });

    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: '/problems/invalid',
      errors: [
        { field: 'steps[1].dependencies', message: 'step ship: unknown step: pick' },
        { field: 'steps[0].dependencies', message: 'step pay: cycle: pay → ship → pay' },
        { field: 'steps[1].dependencies', message: 'step ship: cycle: ship → pay → ship' },
        {
          field: 'steps[2].dependencies',
          message: 'step tell: unreachable: waits for a cycle, through ship',
        },
        {
          field: 'steps[2].when',
          message: 'step tell: wrong expression: Unexpected end of expression at character 5',
        },
        { field: 'steps[3].workflow', message: 'step bill: unknown workflow: invoice' },
      ],
    });
    expect((await service.get(path)).body).toMatchObject({ definitions: [] });
  });

  it('never lead to each other in a circle, also when both are posted at once', async () => {
    await service.post(path, define('a'));
    await service.post(path, define('b'));
    await service.post(path, running('c', 'b'));

    const answers = await Promise.all([
      service.post(path, running('a', 'c')),
      service.post(path, running('b', 'a')),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
    const refused = answers.find(({ status }) => status === 400);
    expect(refused?.body).toMatchObject({
      errors: [
        {
          field: 'steps[0].workflow',
          message: expect.stringMatching(/^step s: cycle: (a → c → b → a|b → a → c → b)$/) as string,
        },
      ],
    });
  });

  it('are for workflow mediators only', async () => {
    await service.begin({ name: 'tasks', kind: 'task' });

    for (const answer of [
      await service.post('/mediators/tasks/definitions', define('ship')),
      await service.get('/mediators/tasks/definitions'),
      await service.get('/mediators/tasks/definitions/ship'),
      await service.delete('/mediators/tasks/definitions/ship'),
    ]) {
      expectProblem(answer, 409);
      expect(answer.body).toMatchObject({ code: 'wrong-kind' });
    }
    expect((await service.post('/mediators/none/definitions', define('ship'))).body).toMatchObject({
      code: 'mediator-not-found',
    });
  });

  it.each(['?version=0', '?version=x', '?versions=1'])('refuse the query %s', async (query) => {
    await service.post(path, define('ship'));

    expectProblem(await service.get(`${path}/ship${query}`), 400);
  });
});

interface Page {
  readonly definitions: readonly { readonly name: string; readonly version: number }[];
  readonly next_cursor: string | null;
}
