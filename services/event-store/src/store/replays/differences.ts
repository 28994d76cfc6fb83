import { AppError } from '@fanfare/core';
import { canonicalise, type Database, type SqlRow, type Transaction } from '@fanfare/storage';
import type { StoreTables } from '../store-tables';
import type { Findings } from '../jobs/job';

/** `new`: only the candidate would; `missing`: only what is there does; `changed`: both, but not the same. */
export type DifferenceKind = 'new' | 'missing' | 'changed';

export interface Difference {
  readonly kind: DifferenceKind;
  /** Tells the differences of a replay apart, in their order. */
  readonly place: number;
  /** Whose data it may hold. */
  readonly subject: string | null;
  /** As the report shows it. */
  readonly shown: Readonly<Record<string, unknown>>;
}

/** So many are kept of each replay; all are counted. */
const maxKept = 1_000;
/** Values that are longer as JSON are not kept. */
const maxValueLength = 10_000;

/** How many differences were found before. */
export function countDifferences(findings: Findings): number {
  const { new: added = 0, missing = 0, changed = 0 } = findings;
  return added + missing + changed;
}

/** Keeps the differences for which there is still room. */
export async function keepDifferences(
  tx: Transaction,
  replayId: string,
  differences: readonly Difference[],
  before: Findings,
): Promise<void> {
  const room = Math.max(0, maxKept - countDifferences(before));
  const rows = differences.slice(0, room).map(({ kind, place, subject, shown }): SqlRow => ({
    replay_id: replayId,
    place,
    kind,
    subject,
    difference: JSON.stringify(shown),
  }));
  if (rows.length > 0) await tx.dialect.insertRows(tx.queries, 'replay_differences', rows);
}

export async function readDifferences(
  database: Database,
  replayId: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await database.queries
    .withTables<StoreTables>()
    .selectFrom('replay_differences')
    .select(['kind', 'difference'])
    .where('replay_id', '=', replayId)
    .orderBy('place')
    .execute();
  return rows.map(({ kind, difference }) => ({
    kind,
    ...(JSON.parse(difference) as Readonly<Record<string, unknown>>),
  }));
}

/** Removes the differences that may hold data of a subject. */
export async function eraseDifferences(database: Database, subject: string): Promise<void> {
  await database.queries
    .withTables<StoreTables>()
    .deleteFrom('replay_differences')
    .where('subject', '=', subject)
    .execute();
}

/** Data as JSON that can be compared; bytes as Base64. */
export function toComparable(data: unknown): string {
  try {
    return data === undefined ? '' : canonicalise(data instanceof Uint8Array ? base64(data) : data);
  } catch (error) {
    // what a transform makes may be no JSON, such as a function
    if (!(error instanceof AppError)) throw error;
    return JSON.stringify(String(data));
  }
}

/** A comparable as the report shows it. */
export function toShown(comparable: string | null): unknown {
  if (comparable === null || comparable === '') return null;
  return comparable.length > maxValueLength ? '(too long to keep)' : (JSON.parse(comparable) as unknown);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
