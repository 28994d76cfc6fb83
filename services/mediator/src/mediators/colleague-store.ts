import type { Queries, Transaction } from '@fanfare/storage';
import { z } from 'zod';
import type { Colleague } from './colleague';
import type { ColleagueRow, MediatorTables } from './mediator-tables';

/** What is known of a colleague, whether or not it is active just now. */
export interface Registration {
  readonly settings: ColleagueSettings;
  /** In the order of registration. */
  readonly number: number;
  /** False while someone has set it so. */
  readonly isEnabled: boolean;
  readonly lastActivity: Date;
  readonly requestHash: string;
}

export type ColleagueSettings = Omit<Colleague, 'active'>;

/** What stands in `settings`. A setting that is added later gets a default here, for the rows that are there. */
const storedSettings = z.object({
  name: z.string(),
  type: z.string(),
  handles: z.array(z.string()),
  endpoint: z.string().nullable(),
  secret: z.string().nullable(),
  handshake: z.enum(['off', 'required']),
  concurrency: z.number(),
});

export interface ColleaguePage {
  /** Only those whose numbers come after it in the order asked for. */
  readonly after: number | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** Who is registered with which mediator. What changes anything needs the mediator's lock, all but `noteActivity`. */
export const colleagueStore = {
  async insert(tx: Transaction, mediatorKey: number, registration: Registration): Promise<void> {
    await tx.dialect.insertRows(tx.queries, 'colleagues', [toRow(mediatorKey, registration)]);
  },

  /** All but its last activity, which calls note meanwhile. */
  async update(tx: Transaction, mediatorKey: number, registration: Registration): Promise<void> {
    const { settings, has_endpoint, is_enabled } = toRow(mediatorKey, registration);
    await tables(tx.queries)
      .updateTable('colleagues')
      .set({ settings, has_endpoint, is_enabled })
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', registration.settings.id)
      .execute();
  },

  async remove(tx: Transaction, mediatorKey: number, id: string): Promise<void> {
    await tables(tx.queries)
      .deleteFrom('colleagues')
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', id)
      .execute();
  },

  /** Returns how many there were. */
  async removeAll(tx: Transaction, mediatorKey: number): Promise<number> {
    const { numDeletedRows } = await tables(tx.queries)
      .deleteFrom('colleagues')
      .where('mediator_key', '=', mediatorKey)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  },

  async noteActivity(queries: Queries, mediatorKey: number, id: string, at: Date): Promise<void> {
    await tables(queries)
      .updateTable('colleagues')
      .set({ last_activity: at.getTime() })
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', id)
      .where('last_activity', '<', at.getTime())
      .execute();
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<Registration | undefined> {
    const row = await ofMediator(queries, mediatorKey).where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** The longest registered first. */
  async all(queries: Queries, mediatorKey: number): Promise<readonly Registration[]> {
    return (await ofMediator(queries, mediatorKey).orderBy('number').execute()).map(fromRow);
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    { after, order, limit, offset }: ColleaguePage,
  ): Promise<readonly Registration[]> {
    let page = ofMediator(queries, mediatorKey).orderBy('number', order).limit(limit).offset(offset);
    if (after !== undefined) page = page.where('number', order === 'asc' ? '>' : '<', after);
    return (await page.execute()).map(fromRow);
  },
};

function tables(queries: Queries) {
  return queries.withTables<MediatorTables>();
}

function ofMediator(queries: Queries, mediatorKey: number) {
  return tables(queries).selectFrom('colleagues').selectAll().where('mediator_key', '=', mediatorKey);
}

function toRow(mediatorKey: number, registration: Registration): ColleagueRow {
  const { id, ...settings } = registration.settings;
  return {
    mediator_key: mediatorKey,
    id,
    number: registration.number,
    settings: JSON.stringify(settings),
    has_endpoint: settings.endpoint === null ? 0 : 1,
    is_enabled: registration.isEnabled ? 1 : 0,
    last_activity: registration.lastActivity.getTime(),
    request_hash: registration.requestHash,
  };
}

function fromRow(row: ColleagueRow): Registration {
  return {
    settings: { id: row.id, ...storedSettings.parse(JSON.parse(row.settings)) },
    number: row.number,
    isEnabled: row.is_enabled === 1,
    lastActivity: new Date(row.last_activity),
    requestHash: row.request_hash,
  };
}
