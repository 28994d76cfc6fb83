import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { sql } from 'kysely';
import { migrate } from './migrate';
import { openDatabase } from './open-database';
import { createGate } from './testing/gate';

describe('a transaction', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('finds the database away, not its input in conflict, when others hold a lock for longer than it waits', async () => {
    const clock = createVirtualClock();
    const url = `sqlite:${join(folder, 'shared.db')}`;
    const [holder, waiter] = [await openDatabase(url, { clock }), await openDatabase(url, { clock })];
    const entered = createGate();
    const done = createGate();
    const holding = holder.transact(async () => {
      entered.open();
      await done.passed;
    });
    await entered.passed;

    const outcome = expect(waiter.transact(async () => undefined)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('try again') as unknown,
    });
    await clock.advance(20_000);

    await outcome;
    done.open();
    await holding;
    await expect(waiter.transact(async () => 'done')).resolves.toBe('done');
    await Promise.all([holder.close(), waiter.close()]);
  });
});

describe('a migration', () => {
  it('is noted under the time of the clock with which the database was opened', async () => {
    const clock = createVirtualClock(new Date('2026-01-01T10:00:00.000Z'));
    const database = await openDatabase('sqlite::memory:', { clock });

    await migrate(database, {
      component: 'orders',
      migrations: [{ version: 1, name: 'orders', sql: 'create table orders (id bigint not null)' }],
    });

    const { rows } = await sql`select applied_at from schema_migrations`.execute(database.queries);
    expect(rows).toEqual([{ applied_at: clock.now().getTime() }]);
    await database.close();
  });
});
