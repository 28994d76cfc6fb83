import { actAs } from './act-as';
import { expectRefusal } from './support/expect-refusal';
import { commands, hostWorkflows, runsPath, type HostedWorkflows } from './support/host-workflows';

describe('a workflow', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  const definitions = '/mediators/flow/definitions';

  it('ends on the version of its definition with which it began', async () => {
    await flow.service.post(definitions, { name: 'w', steps: commands('a', 'b') });
    await flow.start({});
    await flow.service.post(definitions, { name: 'w', steps: commands('c') });
    await flow.start({ id: 'newer' });
    await flow.service.delete(`${definitions}/w`);
    for (const id of ['r:a:1', 'newer:c:1', 'r:b:1']) await flow.answer(id);

    expect(await flow.read()).toMatchObject({ status: 'completed', version: 1 });
    expect(await flow.read('newer')).toMatchObject({ status: 'completed', version: 2 });
    expect(await flow.service.post(runsPath, { name: 'w' })).toMatchObject({ status: 404 });
  });

  it('can be begun on an older version', async () => {
    await flow.service.post(definitions, { name: 'w', steps: commands('a') });
    await flow.service.post(definitions, { name: 'w', steps: commands('b') });

    expect(await flow.start({ version: 1 })).toMatchObject({ version: 1, steps: [{ id: 'a' }] });
  });

  it('is begun once, however often the same call comes', async () => {
    const body = { id: 'r', name: 'w', steps: commands('a') };
    const answers = await Promise.all([1, 2, 3].map(() => flow.service.post(runsPath, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    await flow.answer('r:a:1');

    const again = await flow.service.post(runsPath, body);

    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(again.body).toEqual(await flow.read());
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    const other = await flow.service.post(runsPath, { ...body, data: { other: true } });
    expectRefusal(other, 409, 'already-exists');
  });

  it.each<[string, object, number, string]>([
    ['a definition that is not there', { name: 'nowhere' }, 404, 'not-found'],
    ['an unknown step', { steps: [{ id: 'a', type: 'a', dependencies: ['x'] }] }, 400, 'invalid'],
    ['a cycle', { steps: [{ id: 'a', type: 'a', dependencies: ['a'] }] }, 400, 'invalid'],
    ['a wrong expression', { steps: [{ id: 'a', type: 'a', when: '(' }] }, 400, 'invalid'],
    ['an unknown field', { steps: commands('a'), odd: 1 }, 400, 'invalid'],
    ['data that is no object', { steps: commands('a'), data: [1] }, 400, 'invalid'],
    ['too much data', { steps: commands('a'), data: { x: 'x'.repeat(262_144) } }, 413, 'too-large'],
  ])('is not begun with %s', async (_, body, status, code) => {
    expectRefusal(await flow.service.post(runsPath, { name: 'w', ...body }), status, code);
  });

  it('needs a mediator of its kind', async () => {
    await flow.service.post('/mediators', { name: 'plain' });
    const body = { name: 'w', steps: commands('a') };

    expectRefusal(await flow.service.post('/mediators/plain/workflows', body), 409, 'wrong-kind');
    expectRefusal(await flow.service.get('/mediators/nowhere/workflows'), 404, 'mediator-not-found');
    expectRefusal(await flow.service.get(`${runsPath}/nowhere`), 404, 'not-found');
    expectRefusal(await flow.act('pause', undefined, 'nowhere'), 404, 'not-found');
  });

  it('is begun by a message to its mediator, with the recipient as its handler', async () => {
    const message = { id: 'r', name: 'w', steps: [{ id: 'x', type: 'whatever' }] };
    await flow.service.post('/mediators/flow/colleagues', { id: 'other', name: 'other' });
    const sent = await flow.desk.send({ recipient_id: 'other', message });
    expect(sent.status).toBeLessThan(300);

    expect(await actAs(flow.service, 'flow', 'other').take()).toMatchObject({
      id: 'r:x:1',
      type: 'whatever',
    });
  });
});
