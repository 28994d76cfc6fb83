import { sql } from 'kysely';
import type { Database } from '../database';
import { openDatabase } from '../open-database';
import { describeOnEveryDatabase } from '../testing';
import { newKey, sealerOf } from '../testing/event-log/sealers';
import type { Sealer } from './sealer';

const secret = 'ada@example.com';
const [older, newer] = [newKey('older'), newKey('newer')];
const columns = { people: ['about', 'body'] };

type Tables = { people: { id: string; about: string | null; body: Buffer | null; state: string } };

describeOnEveryDatabase('a database with sealed columns', (_open, underTest) => {
  const opened: Database[] = [];
  let url: string;

  async function open(sealer?: Sealer): Promise<Database> {
    const database = await openDatabase(url, { sealing: sealer && { sealer, columns } });
    opened.push(database);
    return database;
  }

  const people = ({ queries }: Pick<Database, 'queries'>) => queries.withTables<Tables>();
  const readRow = (database: Database) =>
    people(database).selectFrom('people').selectAll().where('id', '=', 'p-1').executeTakeFirstOrThrow();
  const row = { id: 'p-1', about: secret, body: Buffer.from(secret), state: 'sealed:x:somebody' };

  beforeEach(async () => {
    url = await underTest.createUrl();
    const { queries } = await open();
    await sql`create table people (id varchar(8) primary key, about text, body blob, state varchar(32))`.execute(
      queries,
    );
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
    await underTest.removeAll();
  });

  it('keeps nothing in them that can be read without the key, however it was written', async () => {
    const database = await open(sealerOf(older));
    const { dialect, queries } = database;
    const change = { key: ['id'], replace: ['about', 'body'] };
    const writes = [
      () => dialect.insertRows(queries, 'people', [row]),
      () => dialect.upsertRows(queries, 'people', [{ ...row, about: `2 ${secret}` }], change),
      () =>
        people(database)
          .updateTable('people')
          .set({ about: `3 ${secret}` })
          .where('id', '=', 'p-1')
          .execute(),
      () =>
        database.transact(async (tx) => {
          await tx.queries.withTables<Tables>().deleteFrom('people').execute();
          await tx.dialect.insertNewRows(tx.queries, 'people', [{ ...row, about: `4 ${secret}` }]);
        }),
    ];

    for (const [index, write] of writes.entries()) {
      await write();
      const stored = await readRow(await open());
      expect([stored.about?.includes('ada'), stored.body?.includes('ada')]).toEqual([false, false]);
      expect(stored.about).toMatch(/^sealed:older:/);
      const about = index === 0 ? secret : `${index + 1} ${secret}`;
      expect(await readRow(database)).toEqual({ ...row, about });
    }
  });

  it('reads what older keys have sealed or nobody has, and names the key that is missing', async () => {
    const plain = await open();
    await plain.dialect.insertRows(plain.queries, 'people', [row]);
    const rotated = await open(sealerOf(newer, older));
    expect(await readRow(rotated)).toEqual(row);
    const old = await open(sealerOf(older));
    await people(old).updateTable('people').set({ about: secret }).execute();

    expect(await readRow(rotated)).toEqual(row);
    await expect(readRow(await open(sealerOf(newer)))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'column about is sealed with older, which is no key in ENCRYPTION_KEYS',
    });
  });

  it('gives bytes that it cannot open as they are kept, so that nobody is kept from the others', async () => {
    const foreign = Buffer.from('sealed:like this, but nobody sealed it');
    const plain = await open();
    await plain.dialect.insertRows(plain.queries, 'people', [{ ...row, about: null, body: foreign }]);
    expect((await readRow(await open(sealerOf(older)))).body).toEqual(foreign);
    const old = await open(sealerOf(older));
    await people(old).updateTable('people').set({ body: row.body }).execute();

    const { body } = await readRow(await open(sealerOf(newer)));

    expect(body?.toString()).toMatch(/^sealed:older:/);
    expect((await readRow(old)).body).toEqual(row.body);
  });

  it('leaves other columns and empty values alone, and everything without a key', async () => {
    const database = await open(sealerOf(older));
    await database.dialect.insertRows(database.queries, 'people', [{ ...row, about: null, body: null }]);
    await people(database).updateTable('people').set({ state: 'as it is', about: null }).execute();
    expect(await readRow(await open())).toEqual({ id: 'p-1', about: null, body: null, state: 'as it is' });

    const unsealed = await open(sealerOf());
    await people(unsealed).updateTable('people').set({ about: secret }).execute();
    expect(await readRow(await open())).toMatchObject({ about: secret });
  });
});
