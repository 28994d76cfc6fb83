import { hostOrderService, type OrderJson, type OrderServiceForTest } from './host-order-service';

async function placeMany(service: OrderServiceForTest, count: number): Promise<OrderJson[]> {
  const placed = [];
  for (let index = 0; index < count; index += 1) {
    placed.unshift(await service.place({ customer_id: `customer-${index % 2}` }));
  }
  return placed;
}

/** Follows the links from page to page. */
async function walk(
  service: OrderServiceForTest,
  first: string,
  whileReading?: () => Promise<unknown>,
): Promise<OrderJson[][]> {
  const pages: OrderJson[][] = [];
  for (let next: string | undefined = first; next !== undefined;) {
    const { status, headers, body } = await service.request(next);
    expect(status).toBe(200);
    pages.push(body as OrderJson[]);
    next = /^<([^>]+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];
    await whileReading?.();
  }
  return pages;
}

describe('the list of orders', () => {
  it('is an empty array when there are none', async () => {
    await using service = await hostOrderService();

    expect(await service.request('/orders')).toMatchObject({ status: 200, body: [] });
  });

  it('has the ten newest, newest first, unless asked for more', async () => {
    await using service = await hostOrderService();
    const placed = await placeMany(service, 12);

    expect(await service.list('')).toEqual(placed.slice(0, 10));
    expect(await service.list('?limit=100')).toEqual(placed);
    expect(await service.list('?limit=3&offset=2')).toEqual(placed.slice(2, 5));
    expect(await service.list('?offset=1000000000')).toEqual([]);
  });

  it('links each page to the next, and the last to none', async () => {
    await using service = await hostOrderService();
    const placed = await placeMany(service, 6);

    const pages = await walk(service, '/orders?limit=2');

    expect(pages.map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(pages.flat()).toEqual(placed);
  });

  it('keeps its place while orders are placed', async () => {
    await using service = await hostOrderService();
    const placed = await placeMany(service, 7);

    const pages = await walk(service, '/orders?limit=3', () => service.place());

    expect(pages.flat()).toEqual(placed);
  });

  it('goes on by the link from a page that was asked for by offset', async () => {
    await using service = await hostOrderService();
    const placed = await placeMany(service, 7);

    expect((await walk(service, '/orders?limit=2&offset=3')).flat()).toEqual(placed.slice(3));
  });

  it('shows one customer or one status when asked to, on every page', async () => {
    await using service = await hostOrderService();
    const placed = await placeMany(service, 8);
    await service.patch(placed[2]?.id ?? '', { status: 'confirmed' });
    const ofCustomer = placed.filter(({ customer_id }) => customer_id === 'customer-1').map(({ id }) => id);

    const pages = await walk(service, '/orders?limit=2&customer_id=customer-1&status=pending');

    expect(pages.flat().map(({ id }) => id)).toEqual(ofCustomer.filter((id) => id !== placed[2]?.id));
    expect((await service.list('?status=confirmed')).map(({ id }) => id)).toEqual([placed[2]?.id]);
    expect(await service.list("?customer_id='or'1'='1")).toEqual([]);
  });
});
