import { createVirtualClock } from '@fanfare/core';
import { openDatabase } from '@fanfare/storage';
import { migrateMessaging } from '../messaging-tables';
import { createLease } from './lease';

const clock = createVirtualClock();
const open = async () => {
  const database = await openDatabase('sqlite::memory:', { clock });
  await migrateMessaging(database);
  const leaseOf = (owner: string) => createLease({ database, clock, name: 'work', owner, ttlMs: 1_000 });
  return { database, first: leaseOf('first'), second: leaseOf('second') };
};

describe('a lease', () => {
  it('is held by one, and goes to another with a greater token when it is given back', async () => {
    const { database, first, second } = await open();

    expect([await first.acquire(), await second.acquire()]).toEqual([1, null]);
    await first.release();
    expect(await second.acquire()).toBe(2);
    await database.close();
  });

  it('goes to another when it has run out', async () => {
    const { database, first, second } = await open();

    await first.acquire();
    await clock.advance(1_001);
    expect([await second.acquire(), await first.acquire()]).toEqual([2, null]);
    await database.close();
  });

  it('is left to run out when the database is away, so that whoever stops still ends well', async () => {
    const { database, first } = await open();
    await first.acquire();
    await database.close();

    await expect(first.release()).resolves.toBeUndefined();
  });
});
