import type { OrderStatus } from '@fanfare/contracts';
import type { OrderMetric } from './order-metric';
import { startOfBucket, timeBuckets, type TimeBucket } from './time-bucket';

/** Sums over orders, or by how much such sums change. */
export interface Tally {
  orders: number;
  cancelledOrders: number;
  /** Units in orders that are not cancelled. */
  quantity: number;
  /** Of orders that are not cancelled. */
  revenueMinor: number;
}

export interface TimeTally extends Tally {
  readonly bucket: TimeBucket;
  readonly startAtMs: number;
}

/** By how much a batch of events changes each total. */
export interface TotalsDelta {
  readonly all: Tally;
  readonly products: ReadonlyMap<string, Tally>;
  readonly customers: ReadonlyMap<string, Tally>;
  readonly statuses: ReadonlyMap<OrderStatus, number>;
  readonly times: readonly TimeTally[];
}

/** Sums up orders that come and go. */
export interface TotalsSum {
  add(order: OrderMetric): void;
  remove(order: OrderMetric): void;
  total(): TotalsDelta;
}

export function createTotalsSum(): TotalsSum {
  const all = emptyTally();
  const products = new Map<string, Tally>();
  const customers = new Map<string, Tally>();
  const statuses = new Map<OrderStatus, number>();
  const times = new Map<string, TimeTally>();

  function timeTally(bucket: TimeBucket, order: OrderMetric): TimeTally {
    const startAtMs = startOfBucket(bucket, order.createdAtMs);
    return getOrAdd(times, `${bucket} ${startAtMs}`, () => ({ bucket, startAtMs, ...emptyTally() }));
  }

  function count(order: OrderMetric, sign: 1 | -1): void {
    addOrder(all, order, sign);
    addOrder(getOrAdd(products, order.productId, emptyTally), order, sign);
    addOrder(getOrAdd(customers, order.customerId, emptyTally), order, sign);
    for (const bucket of timeBuckets) addOrder(timeTally(bucket, order), order, sign);
    statuses.set(order.status, (statuses.get(order.status) ?? 0) + sign);
  }

  return {
    add(order) {
      count(order, 1);
    },
    remove(order) {
      count(order, -1);
    },
    total: () => ({ all, products, customers, statuses, times: [...times.values()] }),
  };
}

function emptyTally(): Tally {
  return { orders: 0, cancelledOrders: 0, quantity: 0, revenueMinor: 0 };
}

function addOrder(tally: Tally, order: OrderMetric, sign: 1 | -1): void {
  tally.orders += sign;
  if (order.status === 'cancelled') {
    tally.cancelledOrders += sign;
  } else {
    tally.quantity += sign * order.quantity;
    tally.revenueMinor += sign * order.totalAmountMinor;
  }
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
