import { HttpProblem } from '@fanfare/service-kit';
import { z } from 'zod';

/** A moment in a query, RFC 3339. What is finer than the milliseconds of the log counts as the next one. */
export const moment = z.string().transform((text, context) => {
  // a plus sign that was not encoded arrives as a space
  const time = z.iso.datetime({ offset: true }).safeParse(text.replace(/ (\d\d:\d\d)$/, '+$1'));
  if (time.success) {
    const [, finer = ''] = /\.\d{3}(\d+)/.exec(time.data) ?? [];
    return new Date(Date.parse(time.data) + (/[1-9]/.test(finer) ? 1 : 0));
  }
  context.addIssue({ code: 'custom', message: 'must be a time like 2026-01-31T12:00:00Z' });
  return z.NEVER;
});

const beginNames = ['from', 'start', 'from_timestamp'] as const;
const endNames = ['to', 'end'] as const;

/** Parameters that select by the time of recording. */
export const timeParameters = {
  from: moment.optional(),
  start: moment.optional(),
  from_timestamp: moment.optional(),
  to: moment.optional(),
  end: moment.optional(),
};

type TimeQuery = Readonly<
  Partial<Record<(typeof beginNames)[number] | (typeof endNames)[number], Date | undefined>>
>;

export interface TimeRange {
  /** Included. */
  readonly from: Date | undefined;
  /** Excluded. */
  readonly to: Date | undefined;
}

/** Throws `HttpProblem` 400 for a range that is given twice, ends before it begins, or lacks an end that it needs. */
export function toTimeRange(query: TimeQuery, { isRequired = false } = {}): TimeRange {
  const from = pickOne(query, beginNames, isRequired);
  const to = pickOne(query, endNames, isRequired);
  if (from && to && from > to) throw badTime('to', 'must not be before from');
  return { from, to };
}

function pickOne(
  query: TimeQuery,
  names: readonly (keyof TimeQuery)[],
  isRequired: boolean,
): Date | undefined {
  const [first, second] = names.filter((name) => query[name] !== undefined);
  if (second !== undefined) throw badTime(second, `cannot be given together with ${String(first)}`);
  if (isRequired && first === undefined) throw badTime(String(names[0]), 'is required');
  return first && query[first];
}

function badTime(field: string, message: string): HttpProblem {
  return new HttpProblem(400, 'the query does not fit', { errors: [{ field, message }] });
}
