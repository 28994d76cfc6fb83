import { AppError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import path from 'node:path';
import { migrateForgotten, type Erasure } from '@fanfare/service-kit';
import {
  migrate,
  openDatabase,
  readMigrations,
  type Archive,
  type Database,
  type SqlRow,
} from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { createPruneRuns } from '../kinds/workflow/runs/prune-runs';
import { createPruneMessages } from '../mailbox/prune-messages';
import { createForgetPerson } from './forget-person';
import { createArchiveInMemory } from './testing/archive-in-memory';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const goOn = () => undefined;
const customer = 'customer-1';
const erasure: Erasure = { subject: customer, erasedAt: new Date(5_000) };
const data = JSON.stringify({ customer_id: customer, note: 'ring twice' });
const erasedData = JSON.stringify({ customer_id: 'erased', note: 'ring twice' });

async function prepare(database: Database): Promise<void> {
  await migrate(database, { component: 'mediator', migrations });
  await migrateForgotten(database);
}

async function insertHistory(
  { dialect, queries }: Database,
  run: { readonly mediator_key: number; readonly run_id: string },
  length: number,
): Promise<void> {
  const rows = Array.from({ length }, (_, index): SqlRow => {
    return { ...run, sequence: index + 1, type: 'run_started', at: 1, step_id: null, data };
  });
  await dialect.insertRows(queries, 'workflow_events', rows);
}

async function insertRun({ dialect, queries }: Database, mediatorKey: number, id: string): Promise<void> {
  const row = {
    mediator_key: mediatorKey,
    id,
    name: 'x',
    status: 'completed',
    sequence: 1,
    definition: '{}',
    state: data,
    trace: '{}',
    request_hash: '',
    next_action_at: null,
    created_at: 1,
    ended_at: 1,
  };
  await dialect.insertRows(queries, 'workflows', [row]);
}

async function insertMessage({ dialect, queries }: Database, id: string, sequence: number): Promise<void> {
  const row = {
    mediator_key: 1,
    id,
    sequence,
    kind: 'command',
    type: 'x',
    body: data,
    sender_id: null,
    is_broadcast: 0,
    priority: 'normal',
    source: null,
    correlation_id: null,
    accepted_at: 1,
    deliver_at: null,
    expires_at: null,
    deadline: null,
    timeout_ms: 1,
    retry: '{}',
    trace: '{}',
    status: 'completed',
    result: data,
    error: null,
    open_receipts: 0,
    ended_at: 1,
    request_hash: null,
    cache_key: null,
    work_source: null,
    work_ref: null,
  };
  await dialect.insertRows(queries, 'messages', [row]);
}

describeOnEveryDatabase('a person of whom much is kept', (open) => {
  let database: Database;

  beforeEach(async () => {
    database = await open();
    await prepare(database);
  });

  const addHistory = (mediatorKey: number, runId: string, length: number) =>
    insertHistory(database, { mediator_key: mediatorKey, run_id: runId }, length);
  const addMessage = (id: string, sequence: number) => insertMessage(database, id, sequence);

  async function histories(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await sql<{ data: string }>`select data from workflow_events`.execute(database.queries);
    const counts = new Map<string, number>();
    for (const row of rows) counts.set(row.data, (counts.get(row.data) ?? 0) + 1);
    return counts;
  }

  it('is forgotten in many short transactions', async () => {
    await addHistory(1, 'a', 250);
    await addHistory(1, 'b', 250);
    await addHistory(2, 'a', 200);
    await addMessage('m-1', 1);
    let transactions = 0;
    const counting: Database = {
      ...database,
      transact(work) {
        transactions += 1;
        return database.transact(work);
      },
    };

    await createForgetPerson({ database: counting, archive: null })(erasure, goOn);

    expect(await histories()).toEqual(new Map([[erasedData, 700]]));
    const { rows } = await sql`select body, result, error from messages`.execute(database.queries);
    expect(rows).toEqual([{ body: erasedData, result: erasedData, error: null }]);
    // it begins, four pages of histories and one of messages, it ends
    expect(transactions).toBe(7);
  });

  it('is forgotten wholly when that is cut short and told again', async () => {
    await addHistory(1, 'a', 500);
    let transactions = 0;
    const failing: Database = {
      ...database,
      transact(work) {
        transactions += 1;
        return transactions === 3 ? Promise.reject(new Error('killed')) : database.transact(work);
      },
    };
    await expect(createForgetPerson({ database: failing, archive: null })(erasure, goOn)).rejects.toThrow(
      'killed',
    );
    expect(await histories()).toEqual(
      new Map([
        [erasedData, 200],
        [data, 300],
      ]),
    );

    await createForgetPerson({ database, archive: null })(erasure, goOn);

    expect(await histories()).toEqual(new Map([[erasedData, 500]]));
  });

  it('may come back: the same erasure is not carried out twice, a later one is', async () => {
    const forgetPerson = createForgetPerson({ database, archive: null });
    await forgetPerson(erasure, goOn);
    await addHistory(1, 'new', 1);

    await forgetPerson(erasure, goOn);
    await forgetPerson({ ...erasure, erasedAt: new Date(4_000) }, goOn);
    expect(await histories()).toEqual(new Map([[data, 1]]));

    await forgetPerson({ ...erasure, erasedAt: new Date(6_000) }, goOn);
    expect(await histories()).toEqual(new Map([[erasedData, 1]]));
  });

  it('is forgotten in the archive too', async () => {
    const archive = createArchiveInMemory();
    const keys = Array.from({ length: 250 }, (_, index) => `1/a/1/${index}`);
    await archive.keep(
      'workflow_events',
      keys.map((key) => ({ key, row: { data, at: 1 } })),
    );
    await archive.keep('messages', [{ key: '1', row: { body: data, result: null, error: data } }]);

    await createForgetPerson({ database, archive })(erasure, goOn);

    const histories = [...(await archive.read('workflow_events', keys)).values()];
    expect(histories).toEqual(keys.map(() => ({ data: erasedData, at: 1 })));
    expect([...(await archive.read('messages', ['1'])).values()]).toEqual([
      { body: erasedData, result: null, error: erasedData },
    ]);
  });

  it('is waited for where there is an archive: nothing is archived while an erasure is under way', async () => {
    const archive = createArchiveInMemory();
    await addMessage('m-1', 1);
    const away = { ...archive, ping: () => Promise.reject(new Error('away')) };
    await expect(createForgetPerson({ database, archive: away })(erasure, goOn)).rejects.toThrow('away');

    await expect(createPruneMessages({ database, archive })(new Date(2), 10)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'nothing is archived before an erasure of 1970-01-01T00:00:05.000Z is carried out',
    });
    expect(await archive.list('messages', { limit: 1 })).toEqual([]);

    await createForgetPerson({ database, archive })(erasure, goOn);
    expect(await createPruneMessages({ database, archive })(new Date(2), 10)).toBe(1);
  });
});

describe('a person who is forgotten while what names them is archived', () => {
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await prepare(database);
    await insertMessage(database, 'm-1', 1);
    await insertRun(database, 1, 'a');
    await insertHistory(database, { mediator_key: 1, run_id: 'a' }, 2);
  });
  afterEach(() => database.close());

  it.each([
    { what: 'messages', createPrune: createPruneMessages, collection: 'messages' },
    { what: 'runs', createPrune: createPruneRuns, collection: 'workflow_events' },
  ])(
    'is not named there, though two instances archive the same $what',
    async ({ createPrune, collection }) => {
      const archive = createArchiveInMemory();
      let isForgotten = false;
      let others: Promise<void> | undefined;
      const stalling = {
        ...archive,
        async keep(...rows: Parameters<Archive['keep']>) {
          others ??= createPrune({ database, archive })(new Date(2), 10)
            .then(() => createForgetPerson({ database, archive })(erasure, goOn))
            .then(() => {
              isForgotten = true;
            });
          await eventually(() => {
            expect(isForgotten || database.poolState().waiting > 0).toBe(true);
          });
          await archive.keep(...rows);
        },
      };

      await createPrune({ database, archive: stalling })(new Date(2), 10);
      await others;

      const kept = JSON.stringify(await archive.list(collection, { limit: 10 }));
      expect(kept).toContain('erased');
      expect(kept).not.toContain(customer);
    },
  );

  it('is forgotten later when archiving takes longer than a lock is waited for', async () => {
    const locked = { ...database, transact: () => Promise.reject(new AppError('conflict', 'locked')) };

    const forgetting = createForgetPerson({ database: locked, archive: null })(erasure, goOn);

    await expect(forgetting).rejects.toMatchObject({ code: 'unavailable' });
  });
});
