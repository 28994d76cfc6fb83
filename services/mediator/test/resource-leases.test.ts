import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { hostMediator } from './host-mediator';
import { createLeapingClock } from './leaping-clock';
import { hostPools, pool, type HostedPools, type LeaseJson } from './support/host-pools';

describeOnEveryDatabase('leased resources', (_, underTest) => {
  let pools: HostedPools;
  let instances: HostedPools['instances'];
  let create: HostedPools['create'];
  let lease: HostedPools['lease'];
  let held: HostedPools['held'];
  let read: HostedPools['read'];

  beforeEach(async () => {
    pools = await hostPools(await underTest.createUrl());
    ({ instances, create, lease, held, read } = pools);
  });
  afterEach(() => pools.stop());

  it('are free again when a lease runs out, and its holder is refused', async () => {
    await create({ capacity: 1 });
    const old = await held({ lease_ms: 100 });

    const next = await lease({ colleague_id: 'ben', wait_ms: 20_000 }, 1);

    expect(next).toMatchObject({ status: 201, body: { token: old.token + 1, colleague_id: 'ben' } });
    const path = `${pool}/leases/${old.id}`;
    expect((await instances[0].get(path)).body).toMatchObject({ status: 'expired' });
    for (const verb of ['renew', 'release']) {
      const refused = await instances[0].post(`${path}/${verb}`, { token: old.token });
      expect(expectProblem(refused, 409).code).toBe('stale-token');
    }
    const expired = await instances[0].get(`${pool}/leases?status=expired&colleague_id=ann`);
    expect(expired.body).toMatchObject({ leases: [{ id: old.id }], next_cursor: null });
  });

  it('are held for longer by whoever has the token, and given back once', async () => {
    await create({});
    const mine = await held({ id: 'mine', amount: 4 });
    const path = `${pool}/leases/mine`;

    const renewed = await instances[1].post(`${path}/renew`, { token: mine.token, lease_ms: 60_000 });
    expect(renewed).toMatchObject({ status: 200, body: { status: 'held' } });
    expect(expectProblem(await instances[1].post(`${path}/release`, { token: 99 }), 409).code).toBe(
      'stale-token',
    );
    const released = await instances[1].post(`${path}/release`, { token: mine.token });
    const twice = await instances[0].post(`${path}/release`, { token: mine.token });
    expect([released.body, twice.body]).toEqual([
      expect.objectContaining({ status: 'released' }),
      released.body,
    ]);
    expect(expectProblem(await instances[0].post(`${path}/renew`, { token: mine.token }), 409).code).toBe(
      'stale-token',
    );
  });

  it('give the same call the same lease', async () => {
    await create({});
    const first = await held({ id: 'mine', amount: 4 });

    expect(await lease({ id: 'mine', amount: 4, wait_ms: 1_000 }, 1)).toMatchObject({
      status: 200,
      headers: { 'idempotency-replayed': 'true' },
      body: { ...first },
    });
    expect(expectProblem(await lease({ id: 'mine', amount: 5 }), 409).code).toBe('already-exists');
    expect(await read()).toMatchObject({ used: 4 });
  });

  it('go on with their tokens when they are made again, after their mediator too', async () => {
    const next = async () => (await held({ lease_ms: 60_000 })).token;
    await create({});
    expect([await next(), await next(), await next()]).toEqual([1, 2, 3]);

    await instances[1].delete(pool);
    await create({});
    expect(await next()).toBe(4);
    await instances[0].delete('/mediators/pools');
    await instances[1].begin({ name: 'pools', kind: 'resource' }, 'ann');
    await create({});
    expect([await next(), await next()]).toEqual([5, 6]);
  });

  it('have back what a colleague held that is unregistered', async () => {
    await create({});
    await held({ amount: 10 });

    await instances[1].delete('/mediators/pools/colleagues/ann');

    expect(await read()).toMatchObject({ used: 0 });
  });
});

describe('leases that ended long ago', () => {
  it('are forgotten, and those that are held are not', async () => {
    const clock = createLeapingClock(new Date('2026-01-01T00:00:00Z'));
    await using service = await hostMediator({ INACTIVE_TIMEOUT: '365d' }, { clock });
    await service.begin({ name: 'pools', kind: 'resource' }, 'ann');
    await service.post('/mediators/pools/resources', { name: 'pool', capacity: 2 });
    const lease = (id: string) =>
      service.post(`${pool}/leases`, { id, colleague_id: 'ann', lease_ms: 3_600_000 });
    await lease('old');

    clock.leap(31 * 86_400_000);
    await lease('new');
    await eventually(async () => {
      await clock.advance(60_000);
      const { leases } = (await service.get(`${pool}/leases`)).body as { leases: readonly LeaseJson[] };
      expect(leases.map(({ id, status }) => [id, status])).toEqual([['new', expect.any(String)]]);
    });
  });
});
