import { eventually } from '@fanfare/core/testing';
import { orderMovedEvent, orderPlacedEvent } from './samples';
import { startSystem, type System } from './system';

interface Problem {
  readonly errors: readonly { readonly field: string }[];
}

const nextLink = /^<([^>]+)>; rel="next"$/;

describe('reports of analytics', () => {
  /** Every page from `path` on, following the links. */
  async function readPages(system: System, path: string): Promise<readonly unknown[][]> {
    const pages: unknown[][] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const { body, headers } = await system.analytics.request(next);
      pages.push(body as unknown[]);
      next = nextLink.exec(headers['link'] ?? '')?.[1];
    }
    return pages;
  }

  it('are empty lists while there is no order', async () => {
    await using system = await startSystem();

    expect(await system.get('/analytics/products')).toEqual([]);
    expect(await system.get('/analytics/customers')).toEqual([]);
  });

  it.each(['product', 'customer'] as const)(
    'rank by %s: highest revenue first, of equal ones the lowest id, page by page',
    async (kind) => {
      await using system = await startSystem();
      const amounts = { a: 5, b: 20, c: 5, d: 0.01, e: 20 };
      await system.producer.publish(
        ...Object.entries(amounts).map(([id, amount]) => orderPlacedEvent(`o-${id}`, { [kind]: id, amount })),
        orderPlacedEvent('o-f', { [kind]: 'f', amount: 99 }),
        orderMovedEvent('o-f', 'cancelled'),
      );
      await system.untilSummary({ total_orders: 6 });

      const pages = await readPages(system, `/analytics/${kind}s?limit=2`);

      const tally = { orders: 1, cancelled_orders: 0, quantity: 2 };
      expect(pages).toEqual([
        [
          { [`${kind}_id`]: 'b', ...tally, revenue: 20 },
          { [`${kind}_id`]: 'e', ...tally, revenue: 20 },
        ],
        [
          { [`${kind}_id`]: 'a', ...tally, revenue: 5 },
          { [`${kind}_id`]: 'c', ...tally, revenue: 5 },
        ],
        [
          { [`${kind}_id`]: 'd', ...tally, revenue: 0.01 },
          { [`${kind}_id`]: 'f', orders: 1, cancelled_orders: 1, quantity: 0, revenue: 0 },
        ],
      ]);
      expect(await system.get(`/analytics/${kind}s?limit=2&offset=1`)).toMatchObject([
        { [`${kind}_id`]: 'e' },
        { [`${kind}_id`]: 'a' },
      ]);
    },
  );

  it('show ten entries unless asked for others', async () => {
    await using system = await startSystem();
    await system.producer.publish(
      ...Array.from({ length: 12 }, (_, index) => orderPlacedEvent(`o-${index}`, { product: `p-${index}` })),
    );
    await system.untilSummary({ total_orders: 12 });

    expect(await system.get('/analytics/products')).toHaveLength(10);
    expect(await system.get('/analytics/products?limit=100')).toHaveLength(12);
  });

  it('have a point for each bucket of time, with the orders that were placed in it', async () => {
    await using system = await startSystem();
    const at = (time: string, amount: number) =>
      orderPlacedEvent(`o-${time}`, { time: new Date(time), amount });
    await system.producer.publish(
      at('2026-03-01T09:59:59.999Z', 1),
      at('2026-03-01T10:00:00.000Z', 2),
      at('2026-03-01T10:59:59.999Z', 4),
      at('2026-03-01T12:00:00.000Z', 8),
    );
    await system.untilSummary({ total_orders: 4 });
    const query = 'bucket=hour&from=2026-03-01T10:00:00Z&to=2026-03-01T14:00:00%2B01:00';

    const points = await system.get(`/analytics/timeseries?${query}`);

    const tally = { cancelled_orders: 0 };
    expect(points).toEqual([
      { start: '2026-03-01T10:00:00.000Z', orders: 2, quantity: 4, revenue: 6, ...tally },
      { start: '2026-03-01T11:00:00.000Z', orders: 0, quantity: 0, revenue: 0, ...tally },
      { start: '2026-03-01T12:00:00.000Z', orders: 1, quantity: 2, revenue: 8, ...tally },
    ]);
  });

  it('count an order of this minute among the last 60 minutes, 24 hours and 30 days', async () => {
    await using system = await startSystem();
    await system.producer.publish(orderPlacedEvent('o-1', { time: new Date() }));

    await eventually(async () => {
      for (const [bucket, count] of [
        ['minute', 60],
        ['hour', 24],
        ['day', 30],
      ] as const) {
        const points = (await system.get(`/analytics/timeseries?bucket=${bucket}`)) as { orders: number }[];
        expect(points).toHaveLength(count);
        expect(points.reduce((sum, { orders }) => sum + orders, 0)).toBe(1);
      }
    });
  });

  it('refuse parameters that do not fit, and name them', async () => {
    await using system = await startSystem();
    const cases: readonly [string, readonly string[]][] = [
      ['products?limit=0', ['limit']],
      ['products?limit=101', ['limit']],
      ['customers?limit=ten&offset=-1', ['limit', 'offset']],
      ['customers?cursor=nonsense', ['cursor']],
      ['products?offset=1&cursor=MTAgcA', ['offset']],
      ['products?sort=name', ['sort']],
      ['timeseries?bucket=week', ['bucket']],
      ['timeseries?from=yesterday&to=2026-13-01', ['from', 'to']],
      ['timeseries?from=2026-03-02&to=2026-03-01', ['to']],
      ['timeseries?bucket=minute&from=2026-03-01&to=2026-03-03', ['from']],
      ['summary?full=true', ['full']],
      ['statuses?limit=1', ['limit']],
    ];

    for (const [path, fields] of cases) {
      const { status, body, headers } = await system.analytics.request(`/analytics/${path}`);
      expect({ path, status }).toEqual({ path, status: 400 });
      expect(headers['content-type']).toContain('application/problem+json');
      expect({ path, fields: (body as Problem).errors.map(({ field }) => field) }).toEqual({ path, fields });
    }
  });

  it('are all in the API document, each with its rule', async () => {
    await using system = await startSystem();

    const document = (await system.get('/openapi.json')) as {
      paths: Record<string, { get: { description: string } }>;
    };

    const paths = Object.keys(document.paths).filter((path) => path.startsWith('/analytics/'));
    const reports = paths.filter((path) => !path.startsWith('/analytics/rebuild'));
    expect(reports.sort()).toEqual(
      ['customers', 'products', 'statuses', 'stream', 'summary', 'timeseries'].map(
        (name) => `/analytics/${name}`,
      ),
    );
    expect(document.paths['/analytics/summary']?.get.description).toContain('A cancelled order stays in');
  });
});
