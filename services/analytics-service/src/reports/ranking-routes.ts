import { defineRoute, reply, wholeNumber, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { readCursor, writeCursor } from './ranking-cursor';
import type { RankedTally, Ranking, ReportStore } from './report-store';
import { tallyFields, toTallyBody } from './tally-body';

const defaultLimit = 10;

const rankingQuery = z
  .strictObject({
    limit: wholeNumber({ min: 1, max: 100 }).prefault(String(defaultLimit)).meta({ default: defaultLimit }),
    offset: wholeNumber({ max: 1_000_000 }).optional(),
    cursor: z
      .string()
      .refine((cursor) => readCursor(cursor) !== null, 'must be the cursor of a link to a next page')
      .optional(),
  })
  .refine(({ offset, cursor }) => offset === undefined || cursor === undefined, {
    path: ['offset'],
    message: 'cannot be given together with cursor',
  });

/** Products and customers, those with the highest revenue first. */
export function rankingRoutes({ readRanking }: Pick<ReportStore, 'readRanking'>): readonly Route[] {
  const rankingRoute = (ranking: Ranking): Route => {
    const path = `/analytics/${ranking}s`;
    return defineRoute({
      method: 'get',
      path,
      role: 'reader',
      summary: `Totals of each ${ranking}, highest revenue first`,
      description:
        'A bare array, empty when there is nothing; of equal revenues the lowest id comes first. A page that has a ' +
        'next one carries `Link: <…>; rel="next"`, whose `cursor` goes on below the last entry of this page. `offset` ' +
        'skips entries from the top and cannot be given together with `cursor`. Cancelled orders count in `orders` ' +
        'and `cancelled_orders` only.',
      query: rankingQuery,
      responses: {
        200: {
          description: 'A page of the ranking',
          schema: z.array(z.object({ [`${ranking}_id`]: z.string(), ...tallyFields })),
          headers: { link: 'Where the next page is, when there is one' },
        },
      },
      handle: async ({ query: { limit, offset = 0, cursor } }) => {
        const after = cursor === undefined ? undefined : (readCursor(cursor) ?? undefined);
        // one more than asked for tells whether there is a next page
        const found = await readRanking(ranking, { limit: limit + 1, offset, after });
        const page = found.slice(0, limit);
        const last = found.length > limit ? page.at(-1) : undefined;
        const body = page.map((entry) => ({ [`${ranking}_id`]: entry.id, ...toTallyBody(entry) }));
        return reply(200, body, last && { link: linkToNext(path, limit, last) });
      },
    });
  };
  return [rankingRoute('product'), rankingRoute('customer')];
}

function linkToNext(path: string, limit: number, last: RankedTally): string {
  return `<${path}?limit=${limit}&cursor=${writeCursor(last)}>; rel="next"`;
}
