import { orderCreated, type CloudEvent } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import type { Service } from '../hosting/service';
import { fakeConsumer, fakeTopicLog, groupPosition, hostForTest, serviceWith } from '../testing';
import { authForTest, bearer, tokenFor } from '../testing/tokens';

async function ledgerOf(parts: Partial<Service>) {
  await using service = await hostForTest(() => serviceWith(parts));
  return (await service.request('/ledger')).body;
}

const ledgerOfGroup = (position: Parameters<typeof groupPosition>[0]) =>
  ledgerOf({ consumers: [fakeConsumer({ positions: async () => [groupPosition(position)] })] });

describe('the ledger', () => {
  it('shows every topic that the service owns and every group that it is', async () => {
    const topicLogs = [
      fakeTopicLog({ positions: async () => [{ partition: 0, accepted: 9, published: 8 }] }),
    ];
    const position = groupPosition({
      head: 9,
      applied: 7,
      inFlight: 2,
      parked: 1,
      deadLetters: 1,
      gapsFilled: 3,
    });
    const consumers = [fakeConsumer({ positions: async () => [position] })];

    expect(await ledgerOf({ topicLogs, consumers })).toEqual({
      service: 'sample-service',
      balanced: true,
      topics: [{ topic: 'orders', partition: 0, accepted: 9, published: 8 }],
      groups: [
        {
          group: 'analytics',
          topic: 'orders',
          partition: 0,
          head: 9,
          applied: 7,
          parked: 1,
          dead_letters: 1,
          in_flight: 2,
          gaps_filled: 3,
          missing: [],
        },
      ],
    });
  });

  it('balances with nothing in it', async () => {
    expect(await ledgerOf({})).toEqual({ service: 'sample-service', balanced: true, topics: [], groups: [] });
  });

  it.each([
    ['an event is missing', { missing: [3] }],
    ['the cursor is beyond what the owner has', { head: 4, applied: 5 }],
    ['accepted events are neither applied nor in flight', { head: 9, applied: 7, inFlight: 1 }],
    ['the owner cannot be asked', { head: null }],
  ])('does not balance when %s', async (_, position) => {
    expect(await ledgerOfGroup(position)).toMatchObject({ balanced: false });
  });

  it('does not balance when more was published than accepted', async () => {
    const positions = async () => [{ partition: 0, accepted: 1, published: 2 }];

    expect(await ledgerOf({ topicLogs: [fakeTopicLog({ positions })] })).toMatchObject({ balanced: false });
  });
});

describe('the feed of a topic', () => {
  const event = {
    specversion: '1.0',
    id: 'e-3',
    source: '/order-service',
    type: orderCreated.type,
    data: {},
  } as const;
  const reads: unknown[] = [];
  const topicLog = fakeTopicLog({
    partitions: 2,
    read: async (partition, from, limit) => {
      reads.push([partition, from, limit]);
      const events: CloudEvent[] = [event];
      return { topic: 'orders', partition, firstSequence: 3, head: 9, events };
    },
  });
  const host = () => hostForTest(() => serviceWith({ topicLogs: [topicLog] }));

  it('is read by partition and sequence', async () => {
    await using service = await host();

    const { body } = await service.request('/topics/orders/1?from=3&limit=1');

    expect(body).toEqual({
      topic: 'orders',
      partition: 1,
      partitions: 2,
      first_sequence: 3,
      next_sequence: 4,
      head: 9,
      events: [event],
    });
    expect(reads.at(-1)).toEqual([1, 3, 1]);
  });

  it('is read from its beginning unless told otherwise, and by no events for only the head', async () => {
    await using service = await host();

    await service.request('/topics/orders/0');
    await service.request('/topics/orders/0?limit=0');

    expect(reads.slice(-2)).toEqual([
      [0, 1, 100],
      [0, 1, 0],
    ]);
  });

  it.each(['/topics/payments/0', '/topics/orders/2'])(
    'is not found at %s, which the service does not own',
    async (path) => {
      await using service = await host();

      expect(await service.request(path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    },
  );

  it.each([
    '/topics/orders/x',
    '/topics/orders/0?from=0',
    '/topics/orders/0?from=-1',
    '/topics/orders/0?limit=1001',
  ])('is refused at %s', async (path) => {
    await using service = await host();

    expect(await service.request(path)).toMatchObject({ status: 400 });
  });

  it('says when the database is away', async () => {
    const read = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    await using service = await hostForTest(() => serviceWith({ topicLogs: [fakeTopicLog({ read })] }));

    expect(await service.request('/topics/orders/0')).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
  });
});

describe('the feed of a topic, where callers need a token,', () => {
  it('is read by operators, as other services are, and by nobody below', async () => {
    await using service = await hostForTest(() => serviceWith({ topicLogs: [fakeTopicLog()] }), {
      auth: authForTest,
    });
    const ask = async (role: string) => {
      const headers = bearer(tokenFor({ roles: [role] }));
      return (await service.request('/topics/orders/0', { headers })).status;
    };

    expect([await ask('reader'), await ask('writer'), await ask('operator')]).toEqual([403, 403, 200]);
  });
});
