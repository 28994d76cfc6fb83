import type { RankedTally } from './report-store';

/** Where a page of a ranking ends. */
export type RankingEnd = Pick<RankedTally, 'id' | 'revenueMinor'>;

/** The end of a page as clients carry it: opaque, so that what it is made of may change. */
export function writeCursor({ id, revenueMinor }: RankingEnd): string {
  return Buffer.from(`${revenueMinor} ${id}`).toString('base64url');
}

const content = /^(0|[1-9]\d{0,15}) ([\x21-\x7e]{1,64})$/;

/** What is in a cursor, or null for what no page has ever given out. */
export function readCursor(cursor: string): RankingEnd | null {
  const [, revenueMinor, id] = content.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (revenueMinor === undefined || id === undefined) return null;
  const end = { id, revenueMinor: Number(revenueMinor) };
  return writeCursor(end) === cursor ? end : null;
}
