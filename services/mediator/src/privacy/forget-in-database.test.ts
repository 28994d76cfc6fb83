import path from 'node:path';
import { migrate, openDatabase, readMigrations, type Database, type SqlRow } from '@fanfare/storage';
import { sql } from 'kysely';
import { contents } from './contents';
import { forgetInDatabase, rangesBehind, selectRange } from './forget-in-database';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));

describe('a table that is looked through for somebody', () => {
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrate(database, { component: 'mediator', migrations });
  });
  afterEach(() => database.close());

  it.each(contents)('is not scanned for what is behind a row: $table', async (each) => {
    const row = Object.fromEntries(each.key.map((name) => [name, 1]));

    for (const range of rangesBehind(each.key, row)) {
      const query = selectRange(each, 'u-1', range, 200);
      const { rows } = await sql<{ detail: string }>`explain query plan ${query}`.execute(database.queries);

      expect(rows.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^SEARCH .*[<>]\?/)]);
    }
  });

  it('is looked through wholly, whichever column of its key goes on', async () => {
    const keys = [1, 2].flatMap((mediator) =>
      Array.from({ length: 150 }, (_, run) => [mediator, `r-${run}`] as const),
    );
    const rows = keys.flatMap(([mediator_key, run_id], index): readonly SqlRow[] =>
      Array.from({ length: 1 + (index % 4) }, (_, sequence) => ({
        mediator_key,
        run_id,
        sequence,
        type: 'run_started',
        at: 1,
        step_id: null,
        data: '{"customer_id":"u-1"}',
      })),
    );
    await database.dialect.insertRows(database.queries, 'workflow_events', rows);

    for (const each of contents) {
      await forgetInDatabase({ database, goOn: () => undefined }, each, 'u-1');
    }

    const { rows: left } = await sql`select distinct data from workflow_events`.execute(database.queries);
    expect(left).toEqual([{ data: '{"customer_id":"erased"}' }]);
  });
});
