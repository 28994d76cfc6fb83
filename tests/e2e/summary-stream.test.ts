import { z } from 'zod';
import { atOnce } from './support/at-once';
import { cancelOrder, placeOrder } from './support/orders';
import { openEventStream, type EventStream } from './support/server-sent-events';
import { analyticsUrl } from './support/system';

const counts = z.object({ total_orders: z.int(), total_revenue: z.number(), cancelled_orders: z.int() });

/** Reads on until the totals are as wanted; returns all that was read. */
async function readUntil(stream: EventStream, isReached: (totals: z.infer<typeof counts>) => boolean) {
  const read = [];
  for (;;) {
    const { id, event, data } = await stream.next();
    const totals = counts.parse(JSON.parse(data));
    read.push({ id: Number(id), event, ...totals });
    if (isReached(totals)) return read;
  }
}

describe('the stream of summaries', () => {
  let stream: EventStream;

  beforeEach(async () => {
    stream = await openEventStream(`${analyticsUrl}/analytics/stream`);
  });
  afterEach(() => stream.close());

  it('begins with the present summary, as server-sent events that nobody may cache', async () => {
    const { event, data } = await stream.next();

    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream\b/);
    expect(stream.response.headers.get('cache-control')).toMatch(/no-cache|no-store/);
    expect(event).toBe('summary');
    expect(counts.safeParse(JSON.parse(data)).error).toBeUndefined();
  });

  it('shows each change by itself: orders that are placed, and one that is cancelled', async () => {
    const [first] = await readUntil(stream, () => true);
    const before = first ?? { total_orders: NaN, cancelled_orders: NaN };

    const placed = await atOnce(5, () => placeOrder());
    await readUntil(stream, ({ total_orders }) => total_orders >= before.total_orders + 5);

    await cancelOrder(placed[0]?.id ?? '');
    await readUntil(stream, ({ cancelled_orders }) => cancelled_orders > before.cancelled_orders);
  });

  it('never goes back, and numbers what it tells', async () => {
    const [first] = await readUntil(stream, () => true);
    const target = (first?.total_orders ?? NaN) + 30;

    const [read] = await Promise.all([
      readUntil(stream, ({ total_orders }) => total_orders >= target),
      atOnce(30, () => placeOrder()),
    ]);

    const ids = read.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((left, right) => left - right));
    const totals = read.map(({ total_orders }) => total_orders);
    expect(totals).toEqual([...totals].sort((left, right) => left - right));
  });

  it('shows the same to everyone who listens', async () => {
    const other = await openEventStream(`${analyticsUrl}/analytics/stream`);
    const [first] = await readUntil(stream, () => true);
    await placeOrder();

    const isNewer = ({ total_orders }: { total_orders: number }) =>
      total_orders > (first?.total_orders ?? NaN);
    await Promise.all([readUntil(stream, isNewer), readUntil(other, isNewer)]);
    await other.close();
  });
});
