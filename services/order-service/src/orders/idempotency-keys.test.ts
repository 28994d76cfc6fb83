import { join } from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { migrate, readMigrations } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createIdempotencyKeys } from './idempotency-keys';

const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));
const hourMs = 3_600_000;

function answerUnder(key: string) {
  return { key, bodyHash: 'a'.repeat(64), order: { id: 'order-1', version: 1, text: '{"id":"order-1"}' } };
}

describeOnEveryDatabase('idempotency keys', (openDatabase) => {
  async function openKeys() {
    const database = await openDatabase();
    await migrate(database, { component: 'orders', migrations });
    const clock = createVirtualClock();
    const keys = createIdempotencyKeys(database, clock);
    const insert = (...all: string[]) =>
      database.transact(async (tx) => {
        for (const key of all) keys.insert(tx, answerUnder(key));
      });
    return { clock, keys, insert };
  }

  it('keep the first answer', async () => {
    const { keys, insert } = await openKeys();
    const longest = '~'.repeat(255);

    await insert(longest);

    expect(await keys.find(longest)).toEqual(answerUnder(longest));
    expect(await keys.find('another')).toBeNull();
  });

  it('are told apart by case, and taken once', async () => {
    const { keys, insert } = await openKeys();
    await insert('key');

    expect(await keys.find('KEY')).toBeNull();
    await expect(insert('key')).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('are forgotten after a day, however many they are', async () => {
    const { clock, keys, insert } = await openKeys();
    await insert(...Array.from({ length: 1_100 }, (_, index) => `early-${index}`));
    await clock.advance(12 * hourMs);
    await insert('late');
    const stop = new AbortController();
    const pruner = keys.pruner.run(stop.signal);

    await clock.advance(12 * hourMs);
    expect(await keys.find('early-0')).not.toBeNull();
    await eventually(async () => {
      await clock.advance(hourMs / 4);
      expect([await keys.find('early-0'), await keys.find('early-1099')]).toEqual([null, null]);
    });

    expect(await keys.find('late')).not.toBeNull();
    stop.abort();
    await pruner;
  });
});
