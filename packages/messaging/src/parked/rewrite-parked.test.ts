import type { Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { migrateMessaging, type MessagingTables } from '../messaging-tables';
import { rewriteParked } from './rewrite-parked';

const toErased = (_: string, value: unknown) => (value === 'ada' ? 'erased' : value);

describeOnEveryDatabase('rewriting the events that failed', (open) => {
  let database: Database;

  const queries = () => database.queries.withTables<MessagingTables>();

  async function park(...bodies: readonly string[]): Promise<void> {
    const rows = bodies.map((body, index) => ({
      id: `p-${String(index).padStart(4, '0')}`,
      group_name: 'group',
      topic: 'orders',
      part: 0,
      ordinal: index,
      sequence: null,
      event_id: null,
      event_type: null,
      event_key: null,
      content_type: 'application/json',
      state: 'dead',
      attempts: 1,
      next_attempt_at: null,
      reason: 'it failed',
      failed_at: 0,
      body: Buffer.from(body),
    }));
    await database.dialect.insertRows(database.queries, 'parked_events', rows);
  }

  async function kept(): Promise<readonly string[]> {
    const rows = await queries().selectFrom('parked_events').select('body').orderBy('id').execute();
    return rows.map(({ body }) => body.toString());
  }

  beforeEach(async () => {
    database = await open();
    await migrateMessaging(database);
  });

  it('changes those that have the text as a whole string, and removes those that nobody can read', async () => {
    await park('{"who":"ada"}', '{"who":"adam"}', '{"who":"ada"', 'from "ada" to "bob"');

    await rewriteParked(database.queries, 'ada', toErased);

    expect(await kept()).toEqual(['{"who":"erased"}', '{"who":"adam"}']);
  });

  it('leaves what is no JSON alone where the text is only part of a longer one', async () => {
    const others = ['{"who":"adam"', '{"what":"canada","at":', '{"who":"x-ada-1"'];
    await park(...others);

    await rewriteParked(database.queries, 'ada', toErased);

    expect(await kept()).toEqual(others);
  });

  it('finds a text with quotation marks as JSON writes it', async () => {
    await park('{"who":"a\\"da"}');

    await rewriteParked(database.queries, 'a"da', (_, value) => (value === 'a"da' ? 'erased' : value));

    expect(await kept()).toEqual(['{"who":"erased"}']);
  });

  it('reaches each of very many, and removes what is nested too deeply to be read', async () => {
    const deep = `${'['.repeat(100_000)}"ada"${']'.repeat(100_000)}`;
    await park(deep, ...Array.from({ length: 1_001 }, () => '{"who":"ada"}'));

    await rewriteParked(database.queries, 'ada', toErased);

    expect(await kept()).toEqual(Array.from({ length: 1_001 }, () => '{"who":"erased"}'));
  });
});
