import type { Logger } from '@fanfare/service-kit';
import { encodeOrder, type EncodedOrder } from './order-body';
import type { OrderCache } from './order-cache';
import type { OrderStore } from './order-store';

export interface ReadOrderDeps {
  readonly orders: Pick<OrderStore, 'find'>;
  readonly cache: Pick<OrderCache, 'get' | 'keep' | 'keepAbsent'>;
  readonly logger: Pick<Logger, 'debug'>;
}

export type ReadOrder = (id: string) => Promise<Pick<EncodedOrder, 'version' | 'text'> | null>;

/**
 * Reads an order from the cache, else from the database, where those who ask at the same time share one query.
 * Null when there is no such order; throws `unavailable` when neither has an answer.
 */
export function createReadOrder({ orders, cache, logger }: ReadOrderDeps): ReadOrder {
  const queries = new Map<string, Promise<EncodedOrder | null>>();

  async function query(id: string): Promise<EncodedOrder | null> {
    try {
      const order = await orders.find(id);
      if (!order) {
        cache.keepAbsent(id);
        return null;
      }
      const encoded = encodeOrder(order);
      cache.keep(encoded);
      return encoded;
    } finally {
      queries.delete(id);
    }
  }

  async function load(id: string, minVersion: number): Promise<EncodedOrder | null> {
    const underWay = queries.get(id);
    if (underWay) {
      const order = await underWay;
      // it may have read before a change of which we know; then only a query that began later will do
      if ((order?.version ?? 0) >= minVersion) return order;
    }
    const later = queries.get(id) ?? query(id);
    queries.set(id, later);
    return later;
  }

  return async function readOrder(id) {
    const cached = await cache.get(id);
    if (cached.kind === 'unknown') {
      logger.debug({ orderId: id }, `Cache miss for order: ${id}, fetching from database`);
      return load(id, cached.minVersion);
    }
    logger.debug({ orderId: id }, `Cache hit for order: ${id}`);
    return cached.kind === 'order' ? cached : null;
  };
}
