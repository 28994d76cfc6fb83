import { eventually } from '@fanfare/core/testing';
import { hostOrderService } from './host-order-service';

const unknownId = '01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5';

describe('reading an order', () => {
  it('is not answered with the order again when the client has its version', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    const read = (tag: string) => service.request(`/orders/${id}`, { headers: { 'if-none-match': tag } });

    expect(await read('"1"')).toMatchObject({ status: 304, body: '', headers: { etag: '"1"' } });
    expect(await read('W/"0", W/"1"')).toMatchObject({ status: 304 });
    expect(await read('*')).toMatchObject({ status: 304 });
    await service.patch(id, { status: 'confirmed' });
    expect(await read('"1"')).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { status: 'confirmed' },
    });
  });

  it('counts what the cache had and what it had not', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    await service.request(`/orders/${id}`);
    await service.cache.delete(`order:${id}`);
    await service.request(`/orders/${id}`);
    await service.request(`/orders/${id}`);

    const { body } = await service.request('/metrics');

    expect(body).toMatch(/^cache_requests_total\{result="hit"\} 2$/m);
    expect(body).toMatch(/^cache_requests_total\{result="miss"\} 1$/m);
  });

  it('needs no database for what is cached, and says when it can read neither', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    await service.database.close();

    expect(await service.request(`/orders/${id}`)).toMatchObject({ status: 200, body: { id } });
    const missed = await service.request(`/orders/${unknownId}`);
    expect(missed).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.stringify(missed.body)).not.toMatch(/sql/i);
  });

  it('needs no cache, and never tells that an order is gone because the cache is', async () => {
    await using service = await hostOrderService();
    const placed = await service.place();
    await service.cache.close();

    expect(await service.request(`/orders/${placed.id}`)).toMatchObject({ status: 200, body: placed });
    expect((await service.request(`/orders/${unknownId}`)).status).toBe(404);
    expect((await service.request('/health')).body).toMatchObject({
      status: 'degraded',
      checks: { database: 'healthy' },
    });
  });

  it('never goes back behind a change that was answered, however many read meanwhile', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    const statuses = ['confirmed', 'shipped', 'delivered', 'completed'];
    let answered = 1;
    let isOver = false;

    const readers = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const known = answered;
        const { headers } = await service.request(`/orders/${id}`);
        expect(Number(headers['etag']?.slice(1, -1))).toBeGreaterThanOrEqual(known);
      }
    });
    for (const status of statuses) {
      expect((await service.patch(id, { status })).status).toBe(200);
      answered += 1;
      await service.cache.delete(`order:${id}`);
    }
    isOver = true;

    await Promise.all(readers);
    expect((await service.request(`/orders/${id}`)).body).toMatchObject({ status: 'completed' });
  });

  it('fills the cache again with the new state of an order', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    await service.patch(id, { status: 'confirmed' });

    await eventually(async () => {
      expect((await service.cache.get(`order:${id}`))?.value).toContain('"confirmed"');
    });
  });
});
