import type { OrderStatus } from '@fanfare/contracts';
import type { Database, Queries } from '@fanfare/storage';
import { sql } from 'kysely';
import type { AnalyticsTables, TableSet } from '../analytics-tables';
import type { Tally } from '../orders/totals-delta';
import type { TimeBucket } from '../orders/time-bucket';
import type { Totals } from './summary';

/** What is ranked by its revenue. */
export type Ranking = 'product' | 'customer';

export interface RankedTally extends Tally {
  readonly id: string;
}

export interface RankingPage {
  readonly limit: number;
  readonly offset: number;
  /** Only what comes after this one, which need not be there any more. */
  readonly after?: Pick<RankedTally, 'id' | 'revenueMinor'> | undefined;
}

export interface TimePoint extends Tally {
  readonly startAtMs: number;
}

/** Reads the totals as they were last committed; a few rows each, whatever the number of orders. */
export interface ReportStore {
  readTotals(): Promise<Totals>;
  /** Highest revenue first; of equal ones the lowest id. */
  readRanking(ranking: Ranking, page: RankingPage): Promise<readonly RankedTally[]>;
  readStatuses(): Promise<ReadonlyMap<OrderStatus, number>>;
  /** Buckets that begin in the span and have orders, oldest first. `toMs` itself is not included. */
  readTimes(bucket: TimeBucket, fromMs: number, toMs: number): Promise<readonly TimePoint[]>;
}

/** The totals over all orders: of those that are served, or of a rebuild. */
export function selectTotals(queries: Queries, tables: TableSet = '') {
  return queries
    .withTables<AnalyticsTables>()
    .selectFrom(`${tables}order_totals`)
    .select([
      'total_orders as orders',
      'cancelled_orders as cancelledOrders',
      'revenue_minor as revenueMinor',
      'version',
      'last_event_at as lastEventAtMs',
    ])
    .where('id', '=', 1);
}

export function createReportStore(database: Pick<Database, 'queries'>): ReportStore {
  const queries = database.queries.withTables<AnalyticsTables>();

  return {
    readTotals: () => selectTotals(database.queries).executeTakeFirstOrThrow(),

    async readRanking(ranking, { limit, offset, after }) {
      const id = sql.ref(`${ranking}_id`);
      const isAfter = after
        ? sql`revenue_minor <= ${after.revenueMinor} and (revenue_minor < ${after.revenueMinor} or ${id} > ${after.id})`
        : sql`1 = 1`;
      const { rows } = await sql<RankedTally>`
        select ${id} as id, orders, quantity, cancelled_orders as ${sql.ref('cancelledOrders')},
          revenue_minor as ${sql.ref('revenueMinor')}
        from ${sql.table(`${ranking}_totals`)}
        where ${isAfter} order by revenue_minor desc, ${id} limit ${limit} offset ${offset}`.execute(queries);
      return rows;
    },

    async readStatuses() {
      const rows = await queries.selectFrom('status_totals').select(['status', 'orders']).execute();
      return new Map(rows.map(({ status, orders }) => [status, orders]));
    },

    readTimes: (bucket, fromMs, toMs) =>
      queries
        .selectFrom('time_totals')
        .select([
          'start_at as startAtMs',
          'orders',
          'cancelled_orders as cancelledOrders',
          'quantity',
          'revenue_minor as revenueMinor',
        ])
        .where('bucket', '=', bucket)
        .where('start_at', '>=', fromMs)
        .where('start_at', '<', toMs)
        .orderBy('start_at')
        .execute(),
  };
}
