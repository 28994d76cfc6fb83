import { sql } from 'kysely';
import type { Database } from '../database';
import type { DatabaseUnderTest } from './adapters';
import { createItems, item, itemIds, withItems } from './items';
import { useDatabases } from './use-databases';

const oddIds = [
  'a',
  'A',
  'á',
  'a ',
  ' a',
  `it's "quoted" \`thrice\``,
  '{"in":["JSON",1]}',
  '"quoted"',
  '"; drop table items; --',
  '"\\',
  '"\\\'"',
  'back\\slash\\',
  'percent % underscore _',
  'question ? :name $1',
  'line\nbreak\ttab',
  '/slash//',
  '😀🎺 emoji',
  '日本語',
  `'; drop table items; --`,
  'x'.repeat(64),
  '😀'.repeat(64),
];

export function describeValues(underTest: DatabaseUnderTest): void {
  const { open } = useDatabases(underTest);
  let database: Database;

  async function roundTrip(id: string) {
    return withItems(database.queries).selectFrom('items').selectAll().where('id', '=', id).execute();
  }

  beforeEach(async () => {
    database = await open();
    await createItems(database);
  });

  describe('values', () => {
    it('tells apart and gives back every odd identifier', async () => {
      await database.dialect.insertRows(
        database.queries,
        'items',
        oddIds.map((id, index) => item(id, index)),
      );

      for (const [index, id] of oddIds.entries()) {
        expect(await roundTrip(id)).toEqual([item(id, index)]);
      }
    });

    it('sorts identifiers by their code points', async () => {
      const ids = ['b', 'a', 'B', 'ä', 'z', '_', '10', '9'];
      await database.dialect.insertRows(
        database.queries,
        'items',
        ids.map((id) => item(id)),
      );

      expect(await itemIds(database.queries)).toEqual(['10', '9', 'B', '_', 'a', 'b', 'z', 'ä']);
    });

    it('takes odd names of tables and columns', async () => {
      const table = 'the `odd" table';
      const { dialect, queries } = database;
      await queries.schema
        .createTable(table)
        .addColumn('the key"`', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('order', 'bigint')
        .execute();

      await dialect.upsertRows(queries, table, [{ 'the key"`': 'a', order: 1 }], {
        key: ['the key"`'],
        add: ['order'],
      });
      const before = await dialect.takeNumbers(queries, table, 'order', { 'the key"`': 'a' }, 1);

      expect(before).toBe(1);
    });

    it('keeps whole numbers exactly, as far as JavaScript can', async () => {
      const numbers = [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1_767_225_600_000];
      const rows = numbers.map((n, index) => item(`item-${index}`, n));
      await database.dialect.insertRows(database.queries, 'items', rows);

      const stored = await withItems(database.queries)
        .selectFrom('items')
        .select('n')
        .orderBy('id')
        .execute();

      expect(stored.map(({ n }) => n)).toEqual(numbers);
    });

    it('answers counts, sums and averages as numbers', async () => {
      await database.dialect.insertRows(database.queries, 'items', [item('a', 1), item('b', 4)]);

      const { rows } = await sql`
        select count(*) as c, sum(n) as s, avg(n) as a, max(n) as m from items`.execute(database.queries);

      expect(rows).toEqual([{ c: 2, s: 5, a: 2.5, m: 4 }]);
    });

    it('keeps a text of a megabyte and bytes of every value', async () => {
      const body = `${'text with ümlaut, 😀 and \\ '.repeat(40_000)}.`;
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

      await database.dialect.insertRows(database.queries, 'items', [{ ...item('large'), body, bytes }]);

      const [stored] = await roundTrip('large');
      expect(stored?.body === body).toBe(true);
      expect(stored?.bytes).toEqual(bytes);
    });

    it('says of an update how many rows it found, changed or not', async () => {
      await database.dialect.insertRows(database.queries, 'items', [item('a', 1), item('b', 2)]);

      const { numUpdatedRows } = await withItems(database.queries)
        .updateTable('items')
        .set({ n: 2 })
        .executeTakeFirstOrThrow();

      expect(numUpdatedRows).toBe(2n);
    });
  });
}
