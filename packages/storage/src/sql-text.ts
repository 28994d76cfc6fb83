import type { SqlRow, UpsertChange } from './sql-dialect';

const lengthOfNumber = 16;

/** Rough length of a value in the text of a statement. */
export function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return Buffer.isBuffer(value) ? 2 * value.length : lengthOfNumber;
}

/** A name as SQL takes it, whatever it holds. */
export function quoteName(name: string, quote: string): string {
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}

/** `a = ? and b = ?`, for the values of `where` in their order. */
export function equalsAll(where: SqlRow, quote: string): string {
  return Object.keys(where)
    .map((column) => `${quoteName(column, quote)} = ?`)
    .join(' and ');
}

/** What an upsert does to a row that exists, where `newValue` is how the database calls the value it could not insert. */
export function assignments(
  { add = [], replace = [] }: UpsertChange,
  quote: string,
  newValue: (quotedName: string) => string,
): string {
  const quoteAll = (columns: readonly string[]) => columns.map((column) => quoteName(column, quote));
  return [
    ...quoteAll(add).map((name) => `${name} = ${name} + ${newValue(name)}`),
    ...quoteAll(replace).map((name) => `${name} = ${newValue(name)}`),
  ].join(', ');
}
