import type { Clock } from '@fanfare/core';
import { defineRoute, type Route } from '@fanfare/service-kit';
import { summaryBody } from './summary';
import type { ReadSummary } from './summary-reader';
import { streamSummaries } from './summary-stream';
import type { SummaryWatch } from './summary-watch';

export interface SummaryRoutesDeps {
  readonly readSummary: ReadSummary;
  readonly watch: SummaryWatch;
  readonly clock: Clock;
}

const rule =
  'Each event counts once, however often it is delivered. A cancelled order stays in `total_orders` and leaves the ' +
  'revenue and the average.';

/** The totals over all orders: once, and as they change. */
export function summaryRoutes({ readSummary, watch, clock }: SummaryRoutesDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/analytics/summary',
      role: 'reader',
      summary: 'Totals over all orders',
      description: `At most one second old, and never older than an answer before. ${rule}`,
      responses: { 200: { description: 'The totals', schema: summaryBody } },
      handle: async () => ({ status: 200, text: (await readSummary()).text }),
    }),
    defineRoute({
      method: 'get',
      path: '/analytics/stream',
      role: 'reader',
      summary: 'Totals over all orders, as they change',
      description:
        'Server-sent events: an event `summary` at once and after each change, at most four a second, whose data is ' +
        'what `/analytics/summary` answers and whose id is the version of the totals. A client that reads slowly ' +
        `misses what is in between, never the newest. A comment every 15 s when nothing changes. ${rule}`,
      responses: { 200: { description: 'The stream', contentType: 'text/event-stream' } },
      handle: async ({ signal }) => {
        watch.requireRoom();
        const first = await readSummary();
        return { status: 200, stream: streamSummaries({ first, watch, clock, signal }) };
      },
    }),
  ];
}
