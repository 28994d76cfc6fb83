import type { CloudEvent } from '@fanfare/contracts';
import type { Database, SqlDialect, Transaction } from '@fanfare/storage';
import { describeOnEveryDatabase, itWhen } from '@fanfare/storage/testing';
import { Overtaken } from '../cursor/cursor';
import type { IncomingEvent } from '../events/event-codec';
import { migrateMessaging } from '../messaging-tables';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { admitNew } from './inbox';

const place = { group: 'analytics', topic: 'orders', now: new Date(1_000) };
const foreign = (event: CloudEvent): IncomingEvent => ({
  kind: 'event',
  sequence: undefined,
  span: 1,
  event,
});
const eventOf = (source: string, id = 'e-1') => foreign({ ...orderCreatedEvent('o-1', { id }), source });

describeOnEveryDatabase('the inbox', (openDatabase, { capabilities }) => {
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase();
    await migrateMessaging(database);
  });

  const admit = (items: readonly IncomingEvent[], overrides: Partial<typeof place> = {}) =>
    database.transact((tx) => admitNew(tx, items, { ...place, ...overrides }));

  it('knows an event by its source and its id, in each topic and group by itself', async () => {
    const [inShopA, inShopB] = [eventOf('/shop-a'), eventOf('/shop-b')];
    await admit([inShopA]);

    expect(await admit([inShopA, inShopB, inShopB])).toEqual({
      admitted: [inShopB],
      repeated: [inShopA, inShopB],
    });
    expect(await admit([inShopA], { topic: 'payments' })).toEqual({ admitted: [inShopA], repeated: [] });
    expect(await admit([inShopA], { group: 'notifications' })).toEqual({ admitted: [inShopA], repeated: [] });
  });

  it('lets all be planned again when another member has committed one of them since it looked', async () => {
    const items = [eventOf('/shop', 'e-1'), eventOf('/shop', 'e-2')];

    await expect(database.transact((tx) => admitNew(outrun(tx), items, place))).rejects.toBeInstanceOf(
      Overtaken,
    );

    expect(await admit(items)).toEqual({ admitted: items, repeated: [] });
  });

  itWhen(capabilities.parallel)('waits for a member that has not committed yet', async () => {
    const item = eventOf('/shop');
    let waiting: Promise<unknown> | undefined;

    await database.transact(async (tx) => {
      await admitNew(tx, [item], place);
      waiting = expect(admit([item])).rejects.toBeInstanceOf(Overtaken);
      // it would be through before these are
      for (let query = 0; query < 5; query += 1) await admitNew(tx, [eventOf('/other', `e-${query}`)], place);
    });
    await waiting;

    expect(await admit([item])).toEqual({ admitted: [], repeated: [item] });
  });
});

/** A transaction in which the first row is there by the time it is inserted. */
function outrun(tx: Transaction): Transaction {
  const insertNewRows: SqlDialect['insertNewRows'] = async (queries, table, rows) => {
    await tx.dialect.insertNewRows(queries, table, rows.slice(0, 1));
    return tx.dialect.insertNewRows(queries, table, rows);
  };
  return { ...tx, dialect: { ...tx.dialect, insertNewRows } };
}
