import { expectProblem } from '@fanfare/service-kit/testing';
import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import type { ResourceTables } from '../src/kinds/resource/resource-store';
import { createLeapingClock } from './leaping-clock';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface LeaseJson {
  readonly id: string;
  readonly colleague_id: string;
  readonly amount: number;
  readonly token: number;
  readonly status: string;
}

const pool = '/mediators/pools/resources/pool';

describeOnEveryDatabase('resources, shared by two instances', (_, underTest) => {
  let instances: readonly [MediatorForTest, MediatorForTest];

  beforeEach(async () => {
    const env = { DATABASE_URL: await underTest.createUrl() };
    instances = await Promise.all([hostMediator(env), hostMediator(env)]);
    await instances[0].begin({ name: 'pools', kind: 'resource' }, 'ann', 'ben');
  });
  afterEach(() => Promise.all(instances.map((instance) => instance.stop())));

  const create = (settings: object) =>
    instances[0].post('/mediators/pools/resources', { name: 'pool', capacity: 10, ...settings });
  const lease = (body: object, instance = 0) =>
    (instances[instance] ?? instances[0]).post(`${pool}/leases`, { colleague_id: 'ann', ...body });
  const read = async () => (await instances[0].get(pool)).body as Readonly<Record<string, unknown>>;
  const held = async (body: object) => {
    const answer = await lease(body);
    expect(answer).toMatchObject({ status: 201 });
    return answer.body as LeaseJson;
  };

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

  it('have back what a colleague held that is unregistered', async () => {
    await create({});
    await held({ amount: 10 });

    await instances[1].delete('/mediators/pools/colleagues/ann');

    expect(await read()).toMatchObject({ used: 0 });
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
