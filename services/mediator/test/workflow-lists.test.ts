import { expectRefusal } from './support/expect-refusal';
import { commands, hostWorkflows, runsPath, type HostedWorkflows } from './support/host-workflows';

describe('a workflow', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  it('is listed by age, by status and by name, page by page', async () => {
    for (const id of ['one', 'two', 'three']) {
      await flow.start({ id, name: id === 'two' ? 'even' : 'odd', steps: commands('a') });
      await flow.clock.advance(10);
    }
    await flow.answer('one:a:1');
    const list = async (query: string) => {
      const { body } = await flow.service.get(`${runsPath}?${query}`);
      const { workflows, next_cursor } = body as { workflows: { id: string }[]; next_cursor: string | null };
      return { ids: workflows.map(({ id }) => id), next_cursor };
    };

    const first = await list('limit=2');
    expect(first.ids).toEqual(['one', 'two']);
    expect(await list(`limit=2&cursor=${first.next_cursor}`)).toEqual({ ids: ['three'], next_cursor: null });
    expect((await list('order=desc')).ids).toEqual(['three', 'two', 'one']);
    expect((await list('status=completed')).ids).toEqual(['one']);
    expect((await list('name=odd&status=running')).ids).toEqual(['three']);
    expectRefusal(await flow.service.get(`${runsPath}?status=odd`), 400, 'invalid');
    expectRefusal(await flow.service.get(`${runsPath}?odd=1`), 400, 'invalid');
  });

  it('has a history without gaps, page by page', async () => {
    await flow.start({ steps: commands('a') });
    await flow.answer('r:a:1');

    const all = await flow.history();
    const { body } = await flow.service.get(`${runsPath}/r/history?limit=2`);
    const { events, next_cursor } = body as { events: unknown; next_cursor: string };
    const rest = await flow.service.get(`${runsPath}/r/history?cursor=${next_cursor}`);

    expect(all.map(({ sequence, type, step_id }) => [sequence, type, step_id])).toEqual([
      [1, 'workflow_started', null],
      [2, 'step_started', 'a'],
      [3, 'step_completed', 'a'],
      [4, 'workflow_completed', null],
    ]);
    expect(events).toEqual(all.slice(0, 2));
    expect(rest.body).toEqual({ events: all.slice(2), next_cursor: null });
    expect(all[1]?.data).toMatchObject({
      command_id: 'r:a:1',
      due_at: expect.stringMatching(/Z$/) as string,
    });
  });

  it('counts in mediator_runs by its status', async () => {
    await flow.start({ id: 'one', steps: commands('a') });
    await flow.start({ id: 'two', steps: commands('a') });
    await flow.answer('one:a:1');

    const { body } = await flow.service.request('/metrics');
    for (const [status, count] of [
      ['running', 1],
      ['completed', 1],
      ['failed', 0],
    ] as const) {
      expect(body).toContain(`mediator_runs{kind="workflow",status="${status}"} ${count}`);
    }
  });
});

it('a workflow is forgotten with its history and its id after RETENTION', async () => {
  await using flow = await hostWorkflows({ RETENTION: '1m' });
  await flow.start({ steps: commands('a') });
  await flow.answer('r:a:1');
  await flow.start({ id: 'open', steps: [{ id: 'a', wait: { ms: 10_000_000_000 } }] });
  await flow.passUntil(async () => {
    expectRefusal(await flow.service.get(`${runsPath}/r`), 404, 'not-found');
  }, 1_200_000);

  await flow.read('open');
  await flow.start({ steps: commands('b') });
  expect((await flow.history()).map(({ sequence }) => sequence)).toEqual([1, 2]);
});
