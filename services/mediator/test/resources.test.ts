import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { hostPools, pool, type HostedPools } from './support/host-pools';

describeOnEveryDatabase('resources, shared by two instances', (_, underTest) => {
  let pools: HostedPools;
  let instances: HostedPools['instances'];
  let create: HostedPools['create'];
  let lease: HostedPools['lease'];
  let held: HostedPools['held'];

  beforeEach(async () => {
    pools = await hostPools(await underTest.createUrl());
    ({ instances, create, lease, held } = pools);
  });
  afterEach(() => pools.stop());

  it('are made once, shown, changed and removed', async () => {
    const created = await create({ capacity: 100, used: 50 });
    const again = await create({ capacity: 100, used: 50, available: 50 });
    const other = await create({ capacity: 99 });

    expect(created).toMatchObject({ status: 201, headers: { location: `/api/v1${pool}` } });
    expect(created.body).toEqual({
      id: 'pool',
      name: 'pool',
      type: null,
      status: 'available',
      capacity: 100,
      used: 50,
      available: 50,
      utilization: 0.5,
      waiting: 0,
      wait_time: 0,
      last_access: null,
    });
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(expectProblem(other, 409).code).toBe('already-exists');
    const listed = await instances[1].get('/mediators/pools/resources?status=available');
    expect(listed.body).toEqual({ resources: [created.body], next_cursor: null });

    const changed = await instances[1].patch(pool, { capacity: 40 });
    expect(changed.body).toMatchObject({ status: 'exhausted', available: 0, utilization: 1 });
    expect(await instances[0].delete(pool)).toMatchObject({ status: 204 });
    expect(expectProblem(await instances[1].get(pool), 404).code).toBe('not-found');
  });

  it('are listed by their status, each page as full as it can be', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create({ name, capacity: 2, used: 1 });
    for (const name of ['b', 'd']) {
      await instances[0].post(`/mediators/pools/resources/${name}/leases`, { colleague_id: 'ann' });
    }
    const list = async (query: string) => {
      const { body } = await instances[1].get(`/mediators/pools/resources?${query}`);
      const { resources, next_cursor: next } = body as {
        readonly resources: readonly Readonly<Record<string, unknown>>[];
        readonly next_cursor: string | null;
      };
      return { ids: resources.map(({ id, used, waiting }) => [id, used, waiting]), next };
    };

    const first = await list('status=exhausted&limit=1');
    expect(first.ids).toEqual([['b', 2, 0]]);
    expect(await list(`status=exhausted&limit=1&cursor=${first.next ?? ''}`)).toEqual({
      ids: [['d', 2, 0]],
      next: null,
    });
    expect(await list('status=available&limit=2')).toEqual({
      ids: [
        ['a', 1, 0],
        ['c', 1, 0],
      ],
      next: null,
    });
  });

  it('say what is wrong with a call', async () => {
    await create({});

    expect(expectProblem(await lease({ amount: 11 }), 400).code).toBe('invalid');
    expect(expectProblem(await lease({ colleague_id: 'nobody' }), 404).code).toBe('colleague-not-found');
    expectProblem(await lease({ wait_ms: 60_001 }), 400);
    expect(expectProblem(await instances[0].get('/mediators/pools/resources/none'), 404).code).toBe(
      'not-found',
    );
    await instances[0].begin({ name: 'talk' });
    expect(expectProblem(await instances[0].get('/mediators/talk/resources'), 409).code).toBe('wrong-kind');
  });

  it('are made by a message to their mediator, too', async () => {
    const message = { name: 'rooms', capacity: 3 };
    const sent = await instances[0].post('/mediators/pools/messages', {
      sender_id: 'ann',
      recipient_id: 'ben',
      message,
    });

    expect(sent).toMatchObject({
      status: 200,
      headers: { location: '/api/v1/mediators/pools/resources/rooms' },
      body: { message: 'Message sent successfully', id: 'rooms', capacity: 3 },
    });
  });

  it('and their leases are gone with their mediator', async () => {
    await create({});
    await held({});
    await instances[1].delete('/mediators/pools');
    await instances[1].begin({ name: 'pools', kind: 'resource' }, 'ann');

    expect((await instances[0].get('/mediators/pools/resources')).body).toMatchObject({ resources: [] });
  });
});
