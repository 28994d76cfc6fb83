import { hostOrderService } from './host-order-service';

describe('amounts', () => {
  it.each([0.01, 0.07, 0.29, 1.1, 2.675 - 0.005, 19.99, 1_005.1, 64_000_000.03, 99_999_999.99])(
    'of %d come back as they were sent, from the cache, the database, the list and the event',
    async (amount) => {
      await using service = await hostOrderService();
      const placed = await service.place({ total_amount: amount });

      const cached = await service.request(`/orders/${placed.id}`);
      await service.cache.delete(`order:${placed.id}`);
      const stored = await service.request(`/orders/${placed.id}`);
      const [event] = await service.events();

      expect(placed.total_amount).toBe(amount);
      expect(cached.body).toEqual(placed);
      expect(stored.body).toEqual(placed);
      expect(await service.list()).toEqual([placed]);
      expect(event?.data['total_amount']).toBe(amount);
    },
  );
});

describe('timestamps', () => {
  it('are the same in the answer, the cache, the database and the list, before and after a change', async () => {
    await using service = await hostOrderService();
    const placed = await service.place();
    const { body: changed } = await service.patch(placed.id, { status: 'confirmed' });

    const cached = await service.request(`/orders/${placed.id}`);
    await service.cache.delete(`order:${placed.id}`);
    const stored = await service.request(`/orders/${placed.id}`);

    expect(changed).toEqual({ ...placed, status: 'confirmed', updated_at: expect.any(String) as string });
    for (const body of [cached.body, stored.body, (await service.list())[0]]) expect(body).toEqual(changed);
    const [, event] = await service.events();
    expect(event).toMatchObject({ time: (changed as typeof placed).updated_at });
  });
});
