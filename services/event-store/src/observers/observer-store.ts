import type { Database, Transaction } from '@fanfare/storage';
import type { Observer } from './observer';
import { fromRow, toRow, type ObserverTables } from './observer-rows';

/** Where an observer stands among all, which are in the order in which they were made. */
export interface ObserverPlace {
  readonly createdAt: Date;
  readonly id: string;
}

export interface ObserverPage {
  /** Only those that come after it in the order asked for. */
  readonly after: ObserverPlace | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** Which observers there are. */
export interface ObserverStore {
  /** False when the id is taken. */
  insert(tx: Transaction, observer: Observer): Promise<boolean>;
  /** Replaces the one whose revision is one less; false when it has changed meanwhile or is gone. */
  replace(tx: Transaction, observer: Observer): Promise<boolean>;
  remove(tx: Transaction, id: string): Promise<boolean>;
  find(id: string): Promise<Observer | null>;
  list(page: ObserverPage): Promise<readonly Observer[]>;
  /** Oldest first. */
  all(): Promise<readonly Observer[]>;
  /** Changes whenever any observer is added, changed or removed, by whichever instance. */
  fingerprint(): Promise<string>;
}

export function createObserverStore(database: Pick<Database, 'queries'>): ObserverStore {
  const queries = database.queries.withTables<ObserverTables>();
  const observers = () => queries.selectFrom('observers').selectAll();

  return {
    async insert(tx, observer) {
      const inserted = await tx.dialect.insertNewRows(tx.queries, 'observers', [toRow(observer)]);
      return noteChange(tx, inserted === 1);
    },

    async replace(tx, observer) {
      const { id, definition, revision, created_at, updated_at } = toRow(observer);
      const { numUpdatedRows } = await tx.queries
        .withTables<ObserverTables>()
        .updateTable('observers')
        .set({ definition, revision, updated_at })
        .where('id', '=', id)
        .where('revision', '=', revision - 1)
        // one that was removed and made again has the first revision, too
        .where('created_at', '=', created_at)
        .executeTakeFirstOrThrow();
      return noteChange(tx, numUpdatedRows === 1n);
    },

    async remove(tx, id) {
      const { numDeletedRows } = await tx.queries
        .withTables<ObserverTables>()
        .deleteFrom('observers')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return noteChange(tx, numDeletedRows === 1n);
    },

    async find(id) {
      const row = await observers().where('id', '=', id).executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async list({ after, order, limit, offset }) {
      let page = observers().orderBy('created_at', order).orderBy('id', order).limit(limit).offset(offset);
      if (after) {
        const beyond = order === 'asc' ? '>' : '<';
        const at = after.createdAt.getTime();
        page = page.where((row) =>
          row.or([
            row('created_at', beyond, at),
            row.and([row('created_at', '=', at), row('id', beyond, after.id)]),
          ]),
        );
      }
      return (await page.execute()).map(fromRow);
    },

    all: async () => (await observers().orderBy('created_at').orderBy('id').execute()).map(fromRow),

    async fingerprint() {
      const row = await queries.selectFrom('observer_changes').select('change_count').executeTakeFirst();
      return String(row?.change_count ?? 0);
    },
  };
}

async function noteChange(tx: Transaction, hasChanged: boolean): Promise<boolean> {
  if (hasChanged) {
    const counted = { id: 1, change_count: 1 };
    await tx.dialect.upsertRows(tx.queries, 'observer_changes', [counted], {
      key: ['id'],
      add: ['change_count'],
    });
  }
  return hasChanged;
}
