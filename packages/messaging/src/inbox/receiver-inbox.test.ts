import { createHash } from 'node:crypto';
import { describeInboxContract } from '@fanfare/cloudevents/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { migrateMessaging } from '../messaging-tables';
import { prepareDatabase, systemClock, type EffectTables } from '../testing/messaging-fixture';
import { createReceiverInbox } from './receiver-inbox';

describeOnEveryDatabase('an inbox for receivers', (openDatabase) => {
  async function open() {
    const database = await openDatabase();
    await prepareDatabase(database);
    return { database, inbox: createReceiverInbox({ database, group: 'webhooks', clock: systemClock }) };
  }

  // an effect that nobody reads needs no transaction
  describeInboxContract('of receivers', async () => (await open()).inbox);

  it('undoes what the handler wrote when it fails, and keeps it when it does not', async () => {
    const { database, inbox } = await open();
    const effects = database.queries.withTables<EffectTables>().selectFrom('effects').select('id');
    const key = { source: '/orders', id: 'e-1' };
    const deliver = (effect: string, isBroken: boolean) =>
      inbox.handleOnce(key, async (tx) => {
        await tx.dialect.insertRows(tx.queries, 'effects', [{ id: effect, applied_at_order: 1 }]);
        if (isBroken) throw new Error('not today');
      });

    await expect(deliver('first', true)).rejects.toThrow('not today');
    expect(await inbox.wasHandled(key)).toBe(false);
    await deliver('second', false);
    expect(await inbox.wasHandled(key)).toBe(true);
    await deliver('third', false);

    expect(await effects.execute()).toEqual([{ id: 'second' }]);
  });

  it('remembers after a restart, and for each group by itself', async () => {
    const { database, inbox } = await open();
    const handled: string[] = [];
    const key = { source: '/orders', id: 'e-1' };
    await inbox.handleOnce(key, async () => void handled.push('before'));

    for (const group of ['webhooks', 'others']) {
      const again = createReceiverInbox({ database, group, clock: systemClock });
      await again.handleOnce(key, async () => void handled.push(group));
    }

    expect(handled).toEqual(['before', 'others']);
  });

  it('remembers what it handled when it still did so in table inbox', async () => {
    const { database, inbox } = await open();
    const { schema } = database.queries;
    await schema.dropTable('handled_events').execute();
    await sql`delete from schema_migrations where component = 'messaging' and version = 2`.execute(
      database.queries,
    );
    const handled = createHash('sha256').update('["/orders","e-1"]').digest('base64');
    await database.dialect.insertRows(
      database.queries,
      'inbox',
      [handled, 'id-of-a-foreign-event'].map((event_id) => ({
        event_id,
        group_name: 'webhooks',
        applied_at: 1,
      })),
    );

    await migrateMessaging(database);

    expect(await inbox.wasHandled({ source: '/orders', id: 'e-1' })).toBe(true);
    expect(await sql`select identity from handled_events`.execute(database.queries)).toMatchObject({
      rows: [{ identity: handled }],
    });
  });
});
