import { hostMediator, type MediatorForTest } from './host-mediator';

describe('mediators', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator();
  });
  afterEach(() => service.stop());

  it('are created with the shape of the seed, with and without a last slash', async () => {
    const first = await service.post('/mediators/', { name: 'orders' });
    const second = await service.post('/mediators', { name: 'users', kind: 'event' });

    expect(first).toMatchObject({
      status: 201,
      headers: { location: '/api/v1/mediators/orders' },
      body: { message: 'Mediator created successfully', mediator: 'orders' },
    });
    expect(second.status).toBe(201);
    for (const path of ['/mediators', '/mediators/']) {
      expect((await service.get(path)).body).toEqual({ mediators: ['orders', 'users'], next_cursor: null });
    }
    expect((await service.get('/mediators/orders')).body).toMatchObject({ kind: 'message', colleagues: [] });
    expect((await service.get('/mediators/users/')).body).toMatchObject({ kind: 'event', count: 0 });
  });
});
