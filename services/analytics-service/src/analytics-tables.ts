import type { OrderStatus } from '@fanfare/contracts';
import type { TimeBucket } from './orders/time-bucket';

type TallyColumns = { orders: number; cancelled_orders: number; quantity: number; revenue_minor: number };

/** The tables of analytics; see `migrations/`. Times are milliseconds since 1970, money is minor units. */
export type AnalyticsTables = {
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
