import type { OrderStatus } from '@fanfare/contracts';
import type { TimeBucket } from './orders/time-bucket';

type TallyColumns = { orders: number; cancelled_orders: number; quantity: number; revenue_minor: number };

/** What is counted from the events of orders, all of it made of `order_metrics`. */
type CountTables = {
  order_metrics: {
    order_id: string;
    customer_id: string;
    product_id: string;
    quantity: number;
    total_amount_minor: number;
    status: OrderStatus;
    created_at: number;
    processed_at: number;
  };
  order_totals: {
    id: number;
    total_orders: number;
    cancelled_orders: number;
    revenue_minor: number;
    version: number;
    last_event_at: number | null;
  };
  product_totals: TallyColumns & { product_id: string };
  customer_totals: TallyColumns & { customer_id: string };
  status_totals: { status: OrderStatus; orders: number };
  time_totals: TallyColumns & { bucket: TimeBucket; start_at: number };
};

/** Which copy of the tables that are counted: those that are served, or those that a rebuild fills beside them. */
export type TableSet = '' | 'rebuild_';

/** The tables of analytics; see `migrations/`. Times are milliseconds since 1970, money is minor units. */
export type AnalyticsTables = CountTables & {
  [Table in keyof CountTables as `rebuild_${Table}`]: CountTables[Table];
} & {
  rebuilds: {
    id: string;
    active: 1 | null;
    fence: number;
    status: string;
    shadow: number;
    processed: number;
    position: number;
    skipped_erased: number;
    skipped_other: number;
    kept_orders: number;
    started_at: number;
    finished_at: number | null;
    difference: string | null;
    error: string | null;
  };
};
