import { expectProblem } from '@fanfare/service-kit/testing';
import { api, hostEventStore } from './host-event-store';

const inside = ['http://127.0.0.1:8082/', 'http://169.254.169.254/', 'http://[::1]/', 'http://2130706433/'];

describe('endpoints on private addresses', () => {
  it('are refused when an observer is made or changed, unless they are allowed', async () => {
    await using store = await hostEventStore({ WEBHOOK_ALLOW_PRIVATE: 'false' });
    await store.post('/observers', { id: 'o-1', event_types: ['*'] });

    for (const endpoint of inside) {
      const made = await store.post('/observers', { event_types: ['*'], endpoint });
      const changed = await store.request(`${api}/observers/o-1`, { method: 'PATCH', body: { endpoint } });

      expect(expectProblem(made, 400).errors).toMatchObject([{ field: 'endpoint' }]);
      expect(expectProblem(changed, 400).errors).toMatchObject([{ field: 'endpoint' }]);
    }
    expect((await store.get('/observers')).body).toMatchObject({
      observers: [{ id: 'o-1', endpoint: null }],
    });
  });

  it('are accepted by a service that listens on loopback only', async () => {
    await using store = await hostEventStore();

    for (const endpoint of inside) {
      expect((await store.post('/observers', { event_types: ['*'], endpoint })).status).toBe(201);
    }
  });

  it('are refused by a service that others can reach', async () => {
    await using store = await hostEventStore({ HOST: '0.0.0.0' });

    expectProblem(await store.post('/observers', { event_types: ['*'], endpoint: inside[0] }), 400);
  });
});
