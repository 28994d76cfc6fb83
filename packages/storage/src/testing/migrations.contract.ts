import { sql } from 'kysely';
import type { Database } from '../database';
import { migrate } from '../migrate';
import type { Migration } from '../read-migrations';
import type { DatabaseUnderTest } from './adapters';
import { itWhen } from './capability';
import { useDatabases } from './use-databases';

const first: Migration = {
  version: 1,
  name: 'orders',
  sql: `-- the table; and its index
    create table orders (id varchar(64) not null primary key, note longtext);
    create index orders_by_id on orders (id);
    insert into orders (id, note) values ('seed', 'a; b -- c');`,
};
const second: Migration = { version: 2, name: 'totals', sql: 'create table totals (n bigint not null)' };

export function describeMigrations(underTest: DatabaseUnderTest): void {
  const { open, reopen } = useDatabases(underTest);
  let database: Database;

  const run = (migrations: readonly Migration[], component = 'orders') =>
    migrate(database, { component, migrations });

  const readNotes = async () => (await sql`select note from orders`.execute(database.queries)).rows;

  beforeEach(async () => {
    database = await open();
  });

  describe('migrations', () => {
    it('runs each once, with all its statements', async () => {
      const counts = [
        await run([first]),
        await run([first]),
        await run([first, second]),
        await run([first, second]),
      ];

      expect(counts).toEqual([1, 0, 1, 0]);
      expect(await readNotes()).toEqual([{ note: 'a; b -- c' }]);
    });

    it('lets one of many instances do the work', async () => {
      const counts = await Promise.all([run([first, second]), run([first, second]), run([first, second])]);

      expect(counts.sort()).toEqual([0, 0, 2]);
      expect(await readNotes()).toHaveLength(1);
    });

    itWhen(underTest.capabilities.durable)('lets one of many processes do the work', async () => {
      const others = [await reopen(), await reopen()];

      const counts = await Promise.all(
        [database, ...others].map((each) =>
          migrate(each, { component: 'orders', migrations: [first, second] }),
        ),
      );

      expect(counts.sort()).toEqual([0, 0, 2]);
    });

    it('counts the versions of each component by itself', async () => {
      await run([first], 'orders');

      const count = await run([{ ...second, version: 1 }], 'analytics');

      expect(count).toBe(1);
    });

    it('refuses a migration that was changed after it had been applied', async () => {
      await run([first]);

      const outcome = run([{ ...first, sql: `${first.sql} ` }]);

      await expect(outcome).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('changed') as string,
      });
    });

    it('takes other line ends for no change', async () => {
      await run([first]);

      expect(await run([{ ...first, sql: first.sql.replaceAll('\n', '\r\n') }])).toBe(0);
    });

    it('refuses a database that is newer than the code', async () => {
      await run([first, second]);

      const outcome = run([first]);

      await expect(outcome).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('newer release') as string,
      });
    });

    it('goes on where a failed one stopped, once that is repaired', async () => {
      const broken = { ...first, sql: `${first.sql}; create nonsense` };
      await expect(run([broken, second])).rejects.toMatchObject({
        code: 'internal',
        message: 'migration 1 (orders) of orders failed',
      });

      const count = await run([first, second]);

      expect(count).toBe(2);
      expect(await readNotes()).toEqual([{ note: 'a; b -- c' }]);
      expect(await run([first, second])).toBe(0);
    });
  });
}
