import { describeOnEveryDatabase, itWhen } from '@fanfare/storage/testing';
import { admitNew } from '../inbox/inbox';
import { migrateMessaging } from '../messaging-tables';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { createDatabaseCursor } from './database-cursor';
import { holdGroup } from './hold-group';

describeOnEveryDatabase('a group that is held', (openDatabase, { capabilities }) => {
  const place = { group: 'analytics', topic: 'orders', foreignSince: new Date(1_000) };

  async function openGroup() {
    const database = await openDatabase();
    await migrateMessaging(database);
    const cursors = [0, 1].map((partition) => createDatabaseCursor(database, { ...place, partition }));
    for (const cursor of cursors) await cursor.load();
    const move = (partition: number, from: number, to: number) =>
      database.transact(async (tx) => cursors[partition]?.move(tx, { from, to }));
    return { database, move };
  }

  it('tells its cursors, and the foreign events that it has taken since', async () => {
    const { database, move } = await openGroup();
    await move(1, 0, 5);
    const [early, late] = [orderCreatedEvent('o-1'), orderCreatedEvent('o-2')];
    for (const [event, atMs] of [[early, 999] as const, [late, 1_000] as const]) {
      const incoming = [{ kind: 'event', sequence: undefined, span: 1, event }] as const;
      await database.transact((tx) => admitNew(tx, incoming, { ...place, now: new Date(atMs) }));
    }

    expect(await database.transact((tx) => holdGroup(tx, place))).toEqual({
      applied: new Map([
        [0, 0],
        [1, 5],
      ]),
      foreignIds: [late.id],
    });
  });

  itWhen(capabilities.parallel)('stays where it is until the transaction ends', async () => {
    const { database, move } = await openGroup();
    let isMoved = false;
    let moving: Promise<void> | undefined;

    const wasMoved = await database.transact(async (tx) => {
      await holdGroup(tx, place);
      moving = move(0, 0, 1).then(() => {
        isMoved = true;
      });
      // it would be through long before these are
      for (let query = 0; query < 5; query += 1) await holdGroup(tx, place);
      return isMoved;
    });
    await moving;

    expect([wasMoved, isMoved]).toEqual([false, true]);
  });
});
