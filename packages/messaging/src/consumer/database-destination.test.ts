import { orderCreated, type CloudEvent } from '@fanfare/contracts';
import { openDatabase, type Database } from '@fanfare/storage';
import type { IncomingEvent } from '../events/event-codec';
import { createParkedStore } from '../parked/parked-store';
import {
  newId,
  orderCancelledEvent,
  orderCreatedEvent,
  prepareDatabase,
  systemClock,
} from '../testing/messaging-fixture';
import { createDatabaseDestination } from './database-destination';

const place = { group: 'group', topic: 'orders' };
const doNothing = () => undefined;
const blockedKeys = { read: () => Promise.resolve(new Set<string>()), add: doNothing, forget: doNothing };
const itemOf = (event: CloudEvent, sequence?: number): IncomingEvent => ({
  kind: 'event',
  span: 1,
  sequence,
  event,
});

describe('what a handler does before it applies events', () => {
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await prepareDatabase(database);
  });
  afterEach(() => database.close());

  function open(prepare: (events: readonly CloudEvent[]) => Promise<void>) {
    const calls: string[] = [];
    const note = (verb: string, events: readonly CloudEvent[]) => {
      calls.push(`${verb} ${events.map(({ subject }) => subject).join()}`);
    };
    const parked = createParkedStore({
      ...place,
      database,
      clock: systemClock,
      onDeadLetter: 'skip',
      onRedrive: doNothing,
    });
    const handler = {
      events: [orderCreated],
      async prepare(events: readonly CloudEvent[]) {
        await prepare(events);
        note('prepare', events);
      },
      apply(_: unknown, events: readonly CloudEvent[]) {
        note('apply', events);
        return Promise.resolve();
      },
    };
    const destination = createDatabaseDestination({
      ...place,
      database,
      clock: systemClock,
      newId,
      handler,
      parked,
    });
    return { destination, parked, calls };
  }

  it('is done outside of their transaction, with those that it handles', async () => {
    const { destination, calls } = open(() => database.transact(() => Promise.resolve()));
    const items = [itemOf(orderCreatedEvent('o-1'), 1), itemOf(orderCancelledEvent('o-2'), 2)];

    const partition = destination.openPartition(0, blockedKeys);
    await partition.apply(items, { from: await partition.cursor.load(), to: 2 });

    expect(calls).toEqual(['prepare o-1', 'apply o-1']);
  });

  it('counts as a failure of theirs when it fails, and is done again for those that were parked', async () => {
    let isBroken = true;
    const { destination, parked, calls } = open(() =>
      isBroken ? Promise.reject(new Error('too much')) : Promise.resolve(),
    );
    const item = itemOf(orderCreatedEvent('o-1'), 1);
    const partition = destination.openPartition(0, blockedKeys);
    await partition.cursor.load();
    const verdict = { attempts: 1, nextAttemptAt: new Date(0), reason: 'too much' };

    await expect(partition.apply([item], { from: 0, to: 1 })).rejects.toThrow('too much');
    await partition.park(item, verdict, { from: 0, to: 1 });
    isBroken = false;
    const [row] = await parked.due(1);

    expect(row && (await destination.applyParked(row, item))).toBe(true);
    expect(calls).toEqual(['prepare o-1', 'apply o-1']);
  });

  it('is not tried again for a foreign event that another member has applied', async () => {
    const { destination, parked, calls } = open(() => Promise.resolve());
    const partition = destination.openPartition(0, blockedKeys);
    const [ofShopA, ofShopB] = ['/shop-a', '/shop-b'].map((source) =>
      itemOf({ ...orderCreatedEvent('o-1', { id: '1' }), source }),
    ) as [IncomingEvent, IncomingEvent];
    const verdict = { attempts: 1, nextAttemptAt: new Date(0), reason: 'it was there already' };
    const stay = { from: 0, to: 0 };

    const outcomes = await partition.apply([ofShopA, ofShopA], stay);
    const wereKept = [
      await partition.park(ofShopA, verdict, stay),
      await partition.park(ofShopB, verdict, stay),
    ];

    expect(outcomes).toContainEqual({ result: 'duplicate', events: [ofShopA.event] });
    expect(calls).toContain('apply o-1');
    expect(wereKept).toEqual([false, true]);
    expect(await parked.counts()).toEqual([{ partition: 0, state: 'parked', count: 1 }]);
  });
});
