import { createVirtualClock } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import { entryOf } from '../mediators/testing/entry-of';
import type { AcceptedMessage } from './message-rows';
import { createMessageStore, type MessageStore } from './message-store';
import { sampleMessage } from './testing/sample-message';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const entry = entryOf('message', [{ id: 'alice' }, { id: 'bob' }]);
const { key } = entry.mediator;

describeOnEveryDatabase('the store of messages', (openDatabase) => {
  const clock = createVirtualClock();
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms);
  let told: string[];
  let timed: string[];
  let database: Database;
  let store: MessageStore;

  beforeEach(async () => {
    [told, timed] = [[], []];
    database = await openDatabase();
    await migrate(database, { component: 'mediator', migrations });
    store = createMessageStore({
      clock,
      timers: { set: (_tx, { id, dueAt }) => void timed.push(`${id} ${dueAt.toISOString()}`) },
      waiting: { tell: (topic) => void told.push(topic) },
    });
  });

  const accept = (...messages: readonly AcceptedMessage[]) =>
    database.transact(async (tx) => {
      for (const message of messages) store.accept(tx, entry, message);
    });
  const find = (id: string) => store.find(database.queries, key, id);

  it('gives back all of a message, and where it stands with each recipient', async () => {
    const message = sampleMessage({
      id: 'a:"ü"',
      kind: 'query',
      type: 'stock.of',
      body: null,
      senderId: null,
      priority: 'urgent',
      recipientIds: ['b', 'B', 'a'],
      isBroadcast: true,
      source: '/shop',
      correlationId: 'c',
      expiresAt: inMs(5_000),
      deadline: inMs(3_000),
      cacheKey: 'k',
      work: { source: 's', ref: 'r' },
    });

    await accept(message);

    const { recipientIds, ...rest } = message;
    const stored = await find(message.id);
    expect(stored).toEqual({
      ...rest,
      mediatorKey: key,
      sequence: 1,
      status: 'pending',
      result: null,
      error: null,
      openReceipts: recipientIds.length,
      endedAt: null,
    });
    const receipts = await store.receiptsOf(database.queries, [1]);
    expect(receipts.get(1)?.map(({ recipientId, status }) => `${recipientId} ${status}`)).toEqual([
      'B pending',
      'a pending',
      'b pending',
    ]);
    expect(await find('A:"ü"')).toBeNull();
  });

  it('numbers messages in the order of their commits, and tells their recipients then', async () => {
    await accept(sampleMessage({ id: 'a' }), sampleMessage({ id: 'b', recipientIds: ['carol'] }));
    await Promise.all(['c', 'd', 'e'].map((id) => accept(sampleMessage({ id }))));

    const stored = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(find));
    expect(stored.map((message) => message?.sequence).toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect(stored.slice(0, 2).map((message) => message?.sequence)).toEqual([1, 2]);
    expect(new Set(told)).toEqual(new Set([`mailbox:${key}:bob`, `mailbox:${key}:carol`]));
  });

  it('refuses a second message of an id, and then keeps nothing of the transaction', async () => {
    await accept(sampleMessage({ id: 'a' }));

    const again = accept(sampleMessage({ id: 'b' }), sampleMessage({ id: 'a' }));

    await expect(again).rejects.toMatchObject({ code: 'already_exists' });
    expect(await find('b')).toBeNull();
  });

  it('watches the time only of what has one, and leaves that of work to whoever gave it out', async () => {
    const [deadline, expiresAt, deliverAt] = [inMs(1_000), inMs(2_000), inMs(3_000)];
    await accept(
      sampleMessage({ id: 'untimed' }),
      sampleMessage({ id: 'command', kind: 'command', deadline, expiresAt }),
      sampleMessage({ id: 'scheduled', deliverAt, expiresAt: inMs(9_000) }),
      sampleMessage({ id: 'work', kind: 'command', deadline, work: { source: 's', ref: 'r' } }),
      sampleMessage({ id: 'at-once', deliverAt: clock.now() }),
    );

    expect(timed).toEqual([`command ${deadline.toISOString()}`, `scheduled ${deliverAt.toISOString()}`]);
    expect(await find('scheduled')).toMatchObject({ status: 'scheduled' });
    expect(await find('at-once')).toMatchObject({ status: 'pending' });
  });

  it('completes at once what goes to nobody', async () => {
    await accept(sampleMessage({ recipientIds: [], isBroadcast: true }));

    expect(await find('m-1')).toMatchObject({ status: 'completed', endedAt: clock.now() });
  });
});
