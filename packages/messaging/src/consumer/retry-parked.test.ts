import { createVirtualClock, createWakeUp } from '@fanfare/core';
import { openDatabase, type Database } from '@fanfare/storage';
import type { MessagingTables } from '../messaging-tables';
import { createParkedStore } from '../parked/parked-store';
import { observe, orderCreatedEvent, prepareDatabase } from '../testing/messaging-fixture';
import { createParkedRetries } from './retry-parked';

const place = { group: 'group', topic: 'orders' };
const event = orderCreatedEvent('o-1');

describe('a parked event whose bytes no key opens', () => {
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await prepareDatabase(database);
  });
  afterEach(() => database.close());

  it('is tried again later, and applied when the key is back', async () => {
    const rows = database.queries.withTables<MessagingTables>();
    const clock = createVirtualClock();
    const wakeUp = createWakeUp(clock);
    const parked = createParkedStore({
      ...place,
      database,
      clock,
      onDeadLetter: 'skip',
      onRedrive: wakeUp.wake,
    });
    const applied: string[] = [];
    const retries = createParkedRetries({
      ...place,
      clock,
      wakeUp,
      parked,
      observer: observe(),
      retry: { maxAttempts: 3, backoff: { firstMs: 100, maxMs: 100 } },
      destination: {
        applyParked(_, item) {
          applied.push(item.event.id);
          return Promise.resolve(true);
        },
      },
    });
    await database.dialect.insertRows(database.queries, 'parked_events', [
      {
        id: 'p-1',
        group_name: 'group',
        topic: 'orders',
        part: 0,
        ordinal: 1,
        sequence: 1,
        event_id: event.id,
        event_type: event.type,
        event_key: 'o-1',
        attempts: 0,
        content_type: 'application/cloudevents+json',
        state: 'parked',
        next_attempt_at: null,
        reason: 'it waits',
        failed_at: 0,
        body: Buffer.from('sealed:older:AAAA'),
      },
    ]);

    await retries.retryOnce();

    expect(applied).toEqual([]);
    expect(await parked.find('p-1')).toMatchObject({
      state: 'parked',
      attempts: 1,
      reason: 'it is sealed, and no key in ENCRYPTION_KEYS opens it',
    });

    await rows
      .updateTable('parked_events')
      .set({ body: Buffer.from(JSON.stringify(event)) })
      .execute();
    await clock.advance(200);
    await retries.retryOnce();

    expect(applied).toEqual([event.id]);
  });
});
