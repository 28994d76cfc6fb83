import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import type { Answer, Entry } from './entry';

export type EntryTables = {
  entries: {
    command_id: string;
    number: number;
    booking_id: string;
    kind: Entry['kind'];
    order_id: string;
    amount: number;
    answer: string;
    created_at: number;
  };
  totals: { id: number; amount: number; entries: number };
};

export interface NumberedEntry extends Entry {
  /** Counts all entries, from 1. */
  readonly number: number;
  readonly createdAt: Date;
}

export interface Totals {
  readonly amount: number;
  readonly entries: number;
}

export interface EntryFilter {
  readonly orderId?: string | undefined;
  readonly order: 'asc' | 'desc';
  /** Goes on after the entry with this number. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** The books of one colleague. Throws what `Database` throws. */
export interface EntryStore {
  /** The totals, which nobody else changes until the end of the transaction: to be read before all else in it. */
  lockTotals(tx: Transaction): Promise<Totals>;
  findByBooking(tx: Transaction, bookingId: string): Promise<readonly Entry[]>;
  /** Adds an entry behind those that `totals` counts. */
  add(tx: Transaction, totals: Totals, entry: Entry): Promise<void>;
  totals(): Promise<Totals>;
  list(filter: EntryFilter): Promise<readonly NumberedEntry[]>;
}

const totalsRow = { id: 1 };

export function createEntryStore(database: Pick<Database, 'queries'>, clock: Pick<Clock, 'now'>): EntryStore {
  const queries = database.queries.withTables<EntryTables>();

  return {
    lockTotals: (tx) =>
      tx.queries
        .withTables<EntryTables>()
        .selectFrom('totals')
        .select(['amount', 'entries'])
        .where('id', '=', totalsRow.id)
        .modifyEnd(tx.dialect.forUpdate)
        .executeTakeFirstOrThrow(),
    async findByBooking(tx, bookingId) {
      const rows = await tx.queries
        .withTables<EntryTables>()
        .selectFrom('entries')
        .selectAll()
        .where('booking_id', '=', bookingId)
        .orderBy('number')
        .execute();
      return rows.map(fromRow);
    },
    async add(tx, { amount, entries }, entry) {
      const number = entries + 1;
      await tx.dialect.insertRows(tx.queries, 'entries', [
        {
          command_id: entry.commandId,
          number,
          booking_id: entry.bookingId,
          kind: entry.kind,
          order_id: entry.orderId,
          amount: entry.amount,
          answer: JSON.stringify(entry.answer),
          created_at: clock.now().getTime(),
        },
      ]);
      await tx.queries
        .withTables<EntryTables>()
        .updateTable('totals')
        .set({ amount: amount + entry.amount, entries: number })
        .where('id', '=', totalsRow.id)
        .execute();
    },
    totals: () =>
      queries
        .selectFrom('totals')
        .select(['amount', 'entries'])
        .where('id', '=', totalsRow.id)
        .executeTakeFirstOrThrow(),
    async list({ orderId, order, cursor, limit }) {
      let found = queries.selectFrom('entries').selectAll().orderBy('number', order);
      if (cursor !== undefined) found = found.where('number', order === 'asc' ? '>' : '<', Number(cursor));
      if (orderId !== undefined) found = found.where('order_id', '=', orderId);
      return (await found.limit(limit).execute()).map(fromRow);
    },
  };
}

function fromRow(row: EntryTables['entries']): NumberedEntry {
  return {
    commandId: row.command_id,
    number: row.number,
    bookingId: row.booking_id,
    kind: row.kind,
    orderId: row.order_id,
    amount: row.amount,
    // written by `add`
    answer: JSON.parse(row.answer) as Answer,
    createdAt: new Date(row.created_at),
  };
}
