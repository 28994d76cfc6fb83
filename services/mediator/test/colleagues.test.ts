import { hostMediator, type MediatorForTest } from './host-mediator';

describe('colleagues', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator();
    await service.begin({ name: 'orders' });
  });
  afterEach(() => service.stop());

  const at = '/mediators/orders/colleagues';

  it('are registered with the shape of the seed, and shown with their mediator in the order of registration', async () => {
    const answer = await service.post(at, { id: 'user', name: 'user-service', type: 'service' });
    await service.post(`${at}/`, { id: 'billing', name: 'billing' });

    expect(answer).toMatchObject({
      status: 201,
      headers: { location: `/api/v1${at}/user` },
      body: { message: 'Colleague registered successfully', id: 'user' },
    });
    expect((await service.get('/mediators/orders')).body).toMatchObject({
      name: 'orders',
      colleagues: [
        { id: 'user', name: 'user-service', type: 'service', active: true },
        { id: 'billing', name: 'billing', type: 'service', active: true },
      ],
      count: 2,
    });
  });
});
