import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { hostMediator } from './host-mediator';
import { openEndpoint, type Endpoint, type Posted } from './open-endpoint';

describe('a colleague that is to be asked first', () => {
  let endpoint: Endpoint;
  beforeEach(async () => {
    endpoint = await openEndpoint();
  });
  afterEach(() => endpoint[Symbol.asyncDispose]());

  const env = { WEBHOOK_ORIGIN: 'mediator.example.com' };
  const asking = () => ({ id: 'b', name: 'b', endpoint: endpoint.url, handshake: 'required' });
  const message = (id: string) => ({ id, sender_id: 'a', recipient_id: 'b', message: id });
  const granted = (rate: string) => ({
    status: 200,
    headers: { 'webhook-allowed-origin': 'mediator.example.com', 'webhook-allowed-rate': rate },
  });
  const permit = (rate: string) => {
    endpoint.answer(({ method }: Posted) => (method === 'OPTIONS' ? granted(rate) : 204));
  };

  it('is asked once, by our name, before the first message, and again when it moves', async () => {
    permit('*');
    await using service = await hostMediator(env);
    await service.begin({ name: 'm' }, 'a', asking());
    for (const id of ['m-1', 'm-2', 'm-3']) await service.post('/mediators/m/messages', message(id));
    await eventually(() => {
      expect(endpoint.ids()).toEqual(['m-1', 'm-2', 'm-3']);
    });

    expect(endpoint.posted.map(({ method }) => method)).toEqual(['OPTIONS', 'POST', 'POST', 'POST']);
    for (const { headers } of endpoint.posted) {
      expect(headers['webhook-request-origin']).toBe('mediator.example.com');
    }

    await service.patch('/mediators/m/colleagues/b', { concurrency: 7 });
    await service.post('/mediators/m/messages', message('m-4'));
    await eventually(() => {
      expect(endpoint.ids()).toHaveLength(4);
    });
    await service.patch('/mediators/m/colleagues/b', { endpoint: `${endpoint.url}/moved` });
    await service.post('/mediators/m/messages', message('m-5'));
    await eventually(() => {
      expect(endpoint.ids()).toHaveLength(5);
    });
    expect(endpoint.posted.map(({ method }) => method).slice(4)).toEqual(['POST', 'OPTIONS', 'POST']);
  });

  it('is posted nothing until it permits it, and no try is spent', async () => {
    endpoint.answer(() => 405);
    const clock = createVirtualClock();
    await using service = await hostMediator(env, { clock });
    await service.begin({ name: 'm' }, 'a', asking());
    await service.post('/mediators/m/messages', message('m-1'));
    await eventually(async () => {
      await clock.advance(1_000);
      expect(endpoint.posted.length).toBeGreaterThan(2);
    });
    expect(endpoint.ids()).toEqual([]);
    expect(service.logLines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        colleague: 'b',
        reason: expect.stringContaining('405') as string,
      }),
    );

    permit('*');

    await eventually(async () => {
      await clock.advance(5_000);
      expect((await service.get('/mediators/m/messages/m-1')).body).toMatchObject({
        receipts: [{ status: 'acked', attempts: 1 }],
      });
    });
  });

  it('is posted no more in a minute than it allows', async () => {
    permit('60');
    const clock = createVirtualClock();
    await using service = await hostMediator(env, { clock });
    await service.begin({ name: 'm' }, 'a', asking());
    const arrived = new Map<string, number>();
    endpoint.answer(({ method, id }) => {
      if (method === 'OPTIONS') return granted('60');
      arrived.set(id, clock.elapsedMs());
      return 204;
    });
    for (const id of ['m-1', 'm-2', 'm-3']) await service.post('/mediators/m/messages', message(id));

    await eventually(async () => {
      await clock.advance(100);
      expect([...arrived.keys()]).toEqual(['m-1', 'm-2', 'm-3']);
    });

    const [first = 0, second = 0, third = 0] = arrived.values();
    expect(second - first).toBeGreaterThanOrEqual(1_000);
    expect(third - second).toBeGreaterThanOrEqual(1_000);
  });
});
