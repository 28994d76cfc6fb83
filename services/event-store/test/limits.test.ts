import { expectProblem } from '@fanfare/service-kit/testing';
import { hostEventStore, listEvents } from './host-event-store';

const limitOf = 1_048_576;
const custom = { type: 'custom', data: { a: 1 } };
const toAggregate = (id: string) => ({ ...custom, aggregate_id: id, aggregate_type: 'custom' });

/** A JSON text of so many bytes. */
const textOf = (bytes: number) => 'ü'.repeat((bytes - 2) / 2);

describe('what the service was set to take', () => {
  it.each([
    ['/events', (data: unknown) => ({ type: 'custom', data })],
    ['/events/publish', (data: unknown) => ({ ...toAggregate('a'), data })],
    [
      '/events/append',
      (data: unknown) => ({
        appends: [
          {
            aggregate_id: 'a',
            aggregate_type: 'custom',
            expected_version: 'any',
            events: [{ type: 'custom', data }],
          },
        ],
      }),
    ],
  ])('%s takes data of exactly 1 MiB, and not one byte more', async (path, toBody) => {
    await using service = await hostEventStore();

    const fitting = await service.post(path, toBody(textOf(limitOf)));
    const refused = await service.post(path, toBody(`${textOf(limitOf)}x`));

    expect(fitting.status).toBeLessThan(300);
    expect(expectProblem(refused, 413).type).toBe('/problems/too-large');
    expect(await service.log.head()).toBe(1);
  });

  it('a body of more than 2 MiB is refused before it is read', async () => {
    await using service = await hostEventStore();

    for (const path of ['/events', '/events/publish', '/events/append']) {
      expectProblem(await service.post(path, 'x'.repeat(2 * limitOf + 1)), 413);
    }
  });

  it('MAX_EVENT_DATA_SIZE sets another limit', async () => {
    await using service = await hostEventStore({ MAX_EVENT_DATA_SIZE: '10' });

    expect((await service.post('/events', { type: 'custom', data: 'x'.repeat(8) })).status).toBe(202);
    expectProblem(await service.post('/events', { type: 'custom', data: 'x'.repeat(9) }), 413);
  });

  it.each([
    ['MAX_EVENTS', toAggregate('a')],
    ['MAX_AGGREGATES', toAggregate('b')],
    ['MAX_AGGREGATE_EVENTS', toAggregate('a')],
  ])('%s refuses the next write by its name, and reads go on', async (limit, next) => {
    await using service = await hostEventStore({ [limit]: '1' });
    await service.post('/events/publish', { id: 'e-1', ...toAggregate('a') });

    const problem = expectProblem(await service.post('/events/publish', next), 409);
    const again = await service.post('/events/publish', { id: 'e-1', ...toAggregate('a') });

    expect(problem).toMatchObject({ code: 'limit-reached', limit, max: 1 });
    expect(again.status).toBe(200);
    expect((await listEvents(service)).events).toHaveLength(1);
  });

  it('STRICT_EVENT_TYPES takes only types of the catalogue', async () => {
    await using service = await hostEventStore({ STRICT_EVENT_TYPES: 'true' });

    expect((await service.post('/events', { type: 'user_created', data: {} })).status).toBe(202);
    for (const type of ['custom', 'user.created.v9', 'com.fanfare.user.created.v9']) {
      const problem = expectProblem(await service.post('/events', { type, data: {} }), 400);
      expect(problem.errors).toMatchObject([{ field: 'type' }]);
    }
    const event = { specversion: '1.0', id: 'e', source: '/a', type: 'custom' };
    const headers = { 'content-type': 'application/cloudevents+json' };
    expectProblem(await service.post('/events', event, headers), 400);
  });

  it('SUPPORTED_EVENT_TYPES takes only these, by whichever name', async () => {
    await using service = await hostEventStore({ SUPPORTED_EVENT_TYPES: 'user_created, order.*, custom' });

    for (const type of ['user.created', 'com.fanfare.order.shipped.v1', 'order_updated', 'custom']) {
      expect((await service.post('/events', { type, data: {} })).status).toBe(202);
    }
    const problem = expectProblem(await service.post('/events', { type: 'user.updated', data: {} }), 400);
    expect(problem.errors).toEqual([
      { field: 'type', message: 'must be one of user_created, order.*, custom' },
    ]);
  });

  it('SUPPORTED_AGGREGATE_TYPES takes only these', async () => {
    await using service = await hostEventStore({ SUPPORTED_AGGREGATE_TYPES: 'user,order' });

    const taken = await service.post('/events/publish', { ...toAggregate('a'), aggregate_type: 'order' });
    const refused = await service.post('/events/publish', toAggregate('b'));

    expect(taken.status).toBe(200);
    expect(expectProblem(refused, 400).errors).toMatchObject([{ field: 'aggregate_type' }]);
  });
});
