import type { Database } from '@fanfare/storage';
import type { Command } from './command';
import { decideEntry, type Answer } from './entry';
import type { EntryStore } from './entry-store';
import type { Role } from './role';

export interface BookDeps {
  readonly role: Role;
  readonly database: Pick<Database, 'transact'>;
  readonly entries: Pick<EntryStore, 'lockTotals' | 'findByBooking' | 'add'>;
  /** How much there is in all; undefined: any amount. */
  readonly stock: number | undefined;
}

/** With `isRefused` it will not be done, unless that has been answered otherwise before. */
export type Book = (command: Command, options: { readonly isRefused: boolean }) => Promise<Answer>;

/** Makes what does commands: effect and answer become durable together, so one that comes again has its first answer. */
export function createBook({ role, database, entries, stock }: BookDeps): Book {
  return function book(command, { isRefused }) {
    return database.transact(async (tx) => {
      const totals = await entries.lockTotals(tx);
      const earlier = await entries.findByBooking(tx, command.bookingId);
      const same = earlier.find(({ commandId }) => commandId === command.id);
      if (same) return same.answer;
      const entry = decideEntry(command, {
        earlier,
        amount: command.kind === 'do' ? role.amountOf(command.order) : 0,
        left: stock === undefined ? undefined : stock - totals.amount,
        refusal: isRefused ? role.refusal : undefined,
      });
      await entries.add(tx, totals, entry);
      return entry.answer;
    });
  };
}
