import { cacheAdapters, describeAdapter, describeOnEveryDatabase, itWhen } from '@fanfare/storage/testing';
import { hostOrderService, sampleBody, type OrderServiceForTest } from './host-order-service';

type Pair = readonly [OrderServiceForTest, OrderServiceForTest];

describeOnEveryDatabase('two instances of the order service', (_, underTest) => {
  /** Hosts two instances on one database while `work` runs. */
  async function withTwo(
    work: (pair: Pair) => Promise<void>,
    env: Record<string, string> = {},
  ): Promise<void> {
    const settings = { DATABASE_URL: await underTest.createUrl(), ...env };
    const [one, two] = await Promise.all([hostOrderService(settings), hostOrderService(settings)]);
    try {
      await work([one, two]);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  }

  const onBoth = <T>(
    pair: Pair,
    count: number,
    action: (service: OrderServiceForTest, index: number) => Promise<T>,
  ) => Promise.all(Array.from({ length: count }, (_, index) => action(pair[index % 2 === 0 ? 0 : 1], index)));

  it('number the events of all orders without a gap, each in its place once', async () => {
    await withTwo(async (pair) => {
      const answers = await onBoth(pair, 60, (service, index) =>
        service.post({ ...sampleBody, quantity: index + 1 }),
      );

      const ids = answers.map(({ body }) => (body as { id: string }).id);
      const events = await pair[0].events();
      expect(events.map(({ subject }) => subject).sort()).toEqual(ids.sort());
      expect((await pair[1].list()).map(({ id }) => id)).toEqual(ids.sort().reverse());
    });
  });

  it('make one order and one event of fifty requests with one key', async () => {
    await withTwo(async (pair) => {
      const answers = await onBoth(pair, 50, (service) =>
        service.post(sampleBody, { 'idempotency-key': 'key-1' }),
      );

      const [order, ...others] = await pair[0].list();
      expect(others).toEqual([]);
      for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 201, body: order });
      expect(answers.filter(({ headers }) => headers['idempotency-replayed'] !== 'true')).toHaveLength(1);
      expect(await pair[0].events()).toHaveLength(1);
    });
  });

  it('harm no other order when they disagree about a key', async () => {
    await withTwo(async (pair) => {
      const answers = await onBoth(pair, 40, (service, index) =>
        service.post(sampleBody, index < 20 ? { 'idempotency-key': `key-${Math.floor(index / 2)}` } : {}),
      );

      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      expect(await pair[0].events()).toHaveLength(30);
    });
  });

  it('let one of the changes of a version through', async () => {
    await withTwo(async (pair) => {
      const { id } = await pair[0].place();

      const answers = await onBoth(pair, 10, (service) =>
        service.patch(id, { status: 'confirmed' }, { 'if-match': '"1"' }),
      );

      expect(answers.map(({ status }) => status).sort()).toEqual([
        200,
        ...Array.from({ length: 9 }, () => 412),
      ]);
      expect(await pair[0].events()).toHaveLength(2);
    });
  });

  for (const adapter of cacheAdapters()) {
    describeAdapter(adapter, ({ url, capabilities }) => {
      itWhen(capabilities.shared)(
        `never read behind a change that the other has answered, over ${adapter.name}`,
        async () => {
          await withTwo(
            async ([one, two]) => {
              const placed = await Promise.all(Array.from({ length: 20 }, () => one.place()));
              await Promise.all(
                placed.map(async ({ id }) => {
                  for (const status of ['confirmed', 'shipped', 'delivered', 'completed']) {
                    const [changed] = await Promise.all([
                      one.patch(id, { status }),
                      two.request(`/orders/${id}`),
                    ]);
                    expect((await two.request(`/orders/${id}`)).body).toEqual(changed.body);
                  }
                }),
              );
            },
            { CACHE_URL: url },
          );
        },
      );
    });
  }
});
