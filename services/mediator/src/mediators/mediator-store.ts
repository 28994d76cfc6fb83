import type { Queries, Transaction } from '@fanfare/storage';
import type { Mediator, MediatorKind } from './mediator';
import type { MediatorRow, MediatorTables } from './mediator-tables';

export interface NewMediator extends Pick<Mediator, 'key' | 'name' | 'kind' | 'description' | 'metadata'> {
  readonly revision: string;
  readonly at: Date;
}

export interface MediatorPage {
  /** Only the names that come after it in the order asked for. */
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
  readonly kind?: MediatorKind | undefined;
}

/** As much of a mediator as has to be read each time. */
export type MediatorState = Pick<MediatorRow, 'mediator_key' | 'revision'>;

/** The mediators that there are. */
export const mediatorStore = {
  /** Throws `already_exists` when the name is taken. */
  async insert(tx: Transaction, { key, metadata, revision, at, ...rest }: NewMediator): Promise<void> {
    const row: MediatorRow = {
      mediator_key: key,
      ...rest,
      metadata: toJson(metadata),
      revision,
      registrations: 0,
      created_at: at.getTime(),
      updated_at: at.getTime(),
    };
    await tx.dialect.insertRows(tx.queries, 'mediators', [row]);
  },

  find(queries: Queries, name: string): Promise<MediatorRow | undefined> {
    return tables(queries).selectFrom('mediators').selectAll().where('name', '=', name).executeTakeFirst();
  },

  findByKey(queries: Queries, key: number): Promise<MediatorRow | undefined> {
    return tables(queries)
      .selectFrom('mediators')
      .selectAll()
      .where('mediator_key', '=', key)
      .executeTakeFirst();
  },

  /** Keeps everybody else out. By name: who locks by key alone could be in the way of who removes the row. */
  lock(tx: Transaction, name: string): Promise<MediatorRow | undefined> {
    return tables(tx.queries)
      .selectFrom('mediators')
      .selectAll()
      .where('name', '=', name)
      .modifyEnd(tx.dialect.forUpdate)
      .executeTakeFirst();
  },

  findState(queries: Queries, name: string): Promise<MediatorState | undefined> {
    return states(queries).where('name', '=', name).executeTakeFirst();
  },

  /** Keeps the mediator from changing; others may do the same. */
  share(tx: Transaction, name: string): Promise<MediatorState | undefined> {
    return states(tx.queries).where('name', '=', name).modifyEnd(tx.dialect.forShare).executeTakeFirst();
  },

  shareByKey(tx: Transaction, key: number): Promise<MediatorState | undefined> {
    return states(tx.queries)
      .where('mediator_key', '=', key)
      .modifyEnd(tx.dialect.forShare)
      .executeTakeFirst();
  },

  async update(
    tx: Transaction,
    key: number,
    { description, metadata }: Pick<Mediator, 'description' | 'metadata'>,
    at: Date,
  ): Promise<void> {
    await tables(tx.queries)
      .updateTable('mediators')
      .set({ description, metadata: toJson(metadata), updated_at: at.getTime() })
      .where('mediator_key', '=', key)
      .execute();
  },

  /** Tells every instance that what it keeps of the mediator in memory is stale. To be called with every change. */
  async setRevision(
    tx: Transaction,
    key: number,
    revision: string,
    counted: Partial<Pick<MediatorRow, 'registrations'>> = {},
  ): Promise<void> {
    await tables(tx.queries)
      .updateTable('mediators')
      .set({ revision, ...counted })
      .where('mediator_key', '=', key)
      .execute();
  },

  async remove(tx: Transaction, key: number): Promise<void> {
    await tables(tx.queries).deleteFrom('mediators').where('mediator_key', '=', key).execute();
  },

  async listNames(
    queries: Queries,
    { after, order, limit, offset, kind }: MediatorPage,
  ): Promise<readonly string[]> {
    let page = tables(queries).selectFrom('mediators').select('name').orderBy('name', order);
    if (after !== undefined) page = page.where('name', order === 'asc' ? '>' : '<', after);
    if (kind !== undefined) page = page.where('kind', '=', kind);
    return (await page.limit(limit).offset(offset).execute()).map(({ name }) => name);
  },
};

/** A mediator as its row tells. */
export function fromMediatorRow(row: MediatorRow): Mediator {
  return {
    key: row.mediator_key,
    name: row.name,
    kind: row.kind,
    description: row.description,
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Mediator['metadata']),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

function tables(queries: Queries) {
  return queries.withTables<MediatorTables>();
}

function states(queries: Queries) {
  return tables(queries).selectFrom('mediators').select(['mediator_key', 'revision']);
}

function toJson(metadata: Mediator['metadata']): string | null {
  return metadata === null ? null : JSON.stringify(metadata);
}
