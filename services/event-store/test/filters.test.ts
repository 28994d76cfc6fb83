import type { CloudEvent } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { hostForTest } from '@fanfare/service-kit/testing';
import { createEventStore, readConfig, type LocalObserver } from '../src';
import { api } from './host-event-store';

const config = readConfig({
  DATABASE_URL: 'sqlite::memory:',
  EVENT_LOG_URL: 'sqlite::memory:',
  RECORD_TOPICS: ' ',
});

/** An event store with an observer of all payments in its own process, and what that one was told. */
async function hostWithObserver(settings: object) {
  const told: CloudEvent[] = [];
  const observer: LocalObserver = {
    observerId: 'fraud',
    eventTypes: ['payment.*'],
    isAsync: true,
    onEvent: (event) => void told.push(event),
  };
  const hosted = await hostForTest((resources) => createEventStore(config, resources, [observer]));
  const call = (method: string, path: string, body: unknown) =>
    hosted.request(`${api}${path}`, { method, body });
  const changed = await call('PATCH', '/observers/fraud', settings);
  expect(changed).toMatchObject({ status: 200 });
  return {
    ...hosted,
    told,
    publish: (id: string, type: string, data: object) => call('POST', '/events', { id, type, data }),
  };
}

describe('an observer', () => {
  it('with a filter by amount gets exactly the events beyond it', async () => {
    await using store = await hostWithObserver({ filter: { sql: 'amount > 1000' } });

    await store.publish('e-1', 'payment.created', { amount: 999.99 });
    await store.publish('e-2', 'payment.created', { amount: 1_000.01 });
    await store.publish('e-3', 'order.created', { amount: 5_000 });
    await store.publish('e-4', 'payment.updated', { amount: 1_000 });
    await store.publish('e-5', 'payment.failed', { amount: 2_000 });

    await eventually(() => {
      expect(store.told.map(({ id }) => id)).toEqual(['e-2', 'e-5']);
    });
  });

  it('never sees what its filter hides, by name or by full type', async () => {
    await using store = await hostWithObserver({
      filter: [
        { not: { exact: { type: 'payment.failed' } } },
        { sql: "type <> 'com.fanfare.payment.refunded.v1'" },
      ],
    });

    for (const type of ['payment.failed', 'payment.refunded', 'payment.created']) {
      await store.publish(type, type, { amount: 1 });
    }

    await eventually(() => {
      expect(store.told.map(({ id }) => id)).toEqual(['payment.created']);
    });
  });

  it('with a transform gets its result as data, while the stored event stays as it came', async () => {
    await using store = await hostWithObserver({
      transform: '{ "what": type, "cents": $round(data.amount * 100) }',
    });

    await store.publish('e-1', 'payment.created', { amount: 12.34, currency: 'EUR' });

    await eventually(() => {
      expect(store.told).toMatchObject([
        {
          id: 'e-1',
          type: 'com.fanfare.payment.created.v1',
          data: { what: 'payment.created', cents: 1_234 },
        },
      ]);
    });
    const { body } = await store.request(`${api}/events/e-1`);
    expect(body).toMatchObject({ data: { amount: 12.34, currency: 'EUR' } });
  });
});
