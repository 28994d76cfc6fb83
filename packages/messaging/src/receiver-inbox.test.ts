import { describeInboxContract } from '@fanfare/cloudevents/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { prepareDatabase, systemClock, type EffectTables } from './testing/messaging-fixture';
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
});
