import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import type { ResourceTables } from '../src/kinds/resource/resource-store';
import { hostPools, pool, type HostedPools, type LeaseJson } from './support/host-pools';

describeOnEveryDatabase('resources that many wait for', (_, underTest) => {
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

  it('never give more than there is, to a hundred who ask at once', async () => {
    await create({ capacity: 7 });

    const answers = await Promise.all(Array.from({ length: 100 }, (__, index) => lease({}, index % 2)));

    const granted = answers.filter(({ status }) => status === 201).map(({ body }) => body as LeaseJson);
    expect(granted).toHaveLength(7);
    expect(granted.map(({ token }) => token).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expect(expectProblem(refused, 409).code).toBe('no-capacity');
    }
    expect(await read()).toMatchObject({ used: 7, available: 0, status: 'exhausted', waiting: 0 });
  });

  it('serve those who wait in the order in which they came, and let a small request overtake nobody', async () => {
    await create({});
    const { id, token } = await held({ amount: 10 });
    const order: string[] = [];
    const wait = async (name: string, amount: number, instance: number, inLine: number) => {
      const answer = lease({ id: name, amount, wait_ms: 20_000 }, instance).then((granted) => {
        expect(granted).toMatchObject({ status: 201 });
        order.push(name);
      });
      await eventually(async () => {
        expect(await read()).toMatchObject({ waiting: inLine });
      });
      return answer;
    };
    const first = wait('great', 8, 1, 1);
    await eventually(async () => {
      expect(await read()).toMatchObject({ waiting: 1 });
    });
    const second = wait('small', 1, 0, 2);
    await eventually(async () => {
      expect(await read()).toMatchObject({ waiting: 2 });
    });
    expect(expectProblem(await lease({ amount: 1 }), 409).code).toBe('no-capacity');

    await instances[0].post(`${pool}/leases/${id}/release`, { token });
    await Promise.all([first, second]);

    const { leases } = (await instances[0].get(`${pool}/leases?status=held`)).body as {
      leases: readonly LeaseJson[];
    };
    expect(leases.map((granted) => [granted.id, granted.token])).toEqual([
      ['great', 2],
      ['small', 3],
    ]);
    expect(await read()).toMatchObject({ used: 9, waiting: 0 });
    expect((await read())['wait_time']).toBeGreaterThan(0);
  });

  it('keep the place of a call that is made again when the first one hangs up', async () => {
    await create({ capacity: 1 });
    const { id, token } = await held({});
    const inLine = async (leaseId: string) =>
      (
        await instances[0].database.queries
          .withTables<ResourceTables>()
          .selectFrom('resource_waiters')
          .select('place')
          .where('lease_id', '=', leaseId)
          .execute()
      ).map(({ place }) => place);
    const standing = (leaseId: string, places: readonly number[]) =>
      eventually(async () => {
        expect(await inLine(leaseId)).toEqual(places);
      });
    const order: string[] = [];
    const wait = async (leaseId: string, instance: number) => {
      const answer = await lease({ id: leaseId, wait_ms: 20_000 }, instance);
      order.push(leaseId);
      await instances[0].post(`${pool}/leases/${leaseId}/release`, {
        token: (answer.body as LeaseJson).token,
      });
    };
    const hangUp = new AbortController();
    const gone = fetch(`${instances[0].url}/api/v1${pool}/leases`, {
      method: 'POST',
      body: JSON.stringify({ colleague_id: 'ann', id: 'a', wait_ms: 20_000 }),
      headers: { 'content-type': 'application/json' },
      signal: hangUp.signal,
    });
    await standing('a', [1]);
    const behind = wait('b', 0);
    await standing('b', [2]);
    const again = wait('a', 1);
    await standing('a', [1, 1]);
    expect(await read()).toMatchObject({ waiting: 2 });

    hangUp.abort();
    await expect(gone).rejects.toThrow();
    await standing('a', [1]);
    await instances[0].post(`${pool}/leases/${id}/release`, { token });
    await Promise.all([again, behind]);

    expect(order).toEqual(['a', 'b']);
    expect(await read()).toMatchObject({ waiting: 0 });
  });

  it('forget a caller that hangs up: it leaves the line and takes nothing with it', async () => {
    await create({ capacity: 1 });
    const { id, token } = await held({});
    const hangUp = new AbortController();
    const gone = fetch(`${instances[0].url}/api/v1${pool}/leases`, {
      method: 'POST',
      body: JSON.stringify({ colleague_id: 'ben', wait_ms: 60_000 }),
      headers: { 'content-type': 'application/json' },
      signal: hangUp.signal,
    });
    await eventually(async () => {
      expect(await read()).toMatchObject({ waiting: 1 });
    });

    hangUp.abort();
    await expect(gone).rejects.toThrow();
    await eventually(async () => {
      expect(await read()).toMatchObject({ waiting: 0 });
    });

    await instances[1].post(`${pool}/leases/${id}/release`, { token });
    expect(await read()).toMatchObject({ used: 0 });
  });

  it('refuse whoever waits in vain, and then know nothing of the call', async () => {
    await create({ capacity: 1 });
    await held({});

    expect(expectProblem(await lease({ id: 'mine', wait_ms: 300 }), 409).code).toBe('no-capacity');
    expect(expectProblem(await instances[0].get(`${pool}/leases/mine`), 404).code).toBe('not-found');
    expect(await read()).toMatchObject({ waiting: 0 });
  });

  it('have nobody in line whose call was refused while it waited', async () => {
    await create({ capacity: 10 });
    await held({ amount: 5 });
    const refused = lease({ colleague_id: 'ben', amount: 8, wait_ms: 10_000 });
    await eventually(async () => {
      expect(await read()).toMatchObject({ waiting: 1 });
    });
    await instances[0].patch(pool, { capacity: 6 });

    expectProblem(await refused, 400);
    expect(await read()).toMatchObject({ waiting: 0, available: 1 });
    await held({ amount: 1 });
  });
});
