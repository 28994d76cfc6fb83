import { orderCancelled, orderCreated, type CloudEvent } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock, type Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import { migrateMessaging } from '../messaging-tables';
import type { AppliedResult, EventFailure, Gap, MessagingObserver } from '../messaging-observer';

/** What an observer was told, for tests to look at. */
export interface Observed extends MessagingObserver {
  readonly results: { readonly result: AppliedResult; readonly id: string | undefined }[];
  readonly filled: Gap[];
  readonly lost: Gap[];
  readonly failures: EventFailure[];
  readonly mismatches: string[];
  readonly waits: string[];
}

/** An observer that remembers. */
export function observe(): Observed {
  const observed: Observed = {
    results: [],
    filled: [],
    lost: [],
    failures: [],
    mismatches: [],
    waits: [],
    published: () => undefined,
    applied: (_, result, events) => {
      for (const { id } of events) observed.results.push({ result, id });
    },
    unreadable: (_, count) => {
      for (let index = 0; index < count; index += 1) observed.results.push({ result: 'dead', id: undefined });
    },
    gapFilled: (gap) => void observed.filled.push(gap),
    gapLost: (gap) => void observed.lost.push(gap),
    failed: (failure) => void observed.failures.push(failure),
    mismatch: (_, problem) => void observed.mismatches.push(problem),
    waiting: (what) => void observed.waits.push(what),
  };
  return observed;
}

export const newId = createIdGenerator(createSystemClock());

/** An `order.created` for the order `orderId`, which is also its key. */
export function orderCreatedEvent(orderId: string, { id = newId(), quantity = 1 } = {}): CloudEvent {
  return orderCreated.create({
    id,
    source: '/order-service',
    subject: orderId,
    time: new Date('2026-01-01T00:00:00.000Z'),
    correlationid: 'request-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: {
      order_id: orderId,
      customer_id: 'customer-1',
      product_id: 'product-1',
      quantity,
      total_amount: 9.99,
      currency: 'USD',
      status: 'pending',
      created_at: '2026-01-01T00:00:00.000Z',
    },
  });
}

/** An `order.cancelled` for the same key. */
export function orderCancelledEvent(orderId: string): CloudEvent {
  return orderCancelled.create({
    id: newId(),
    source: '/order-service',
    subject: orderId,
    time: new Date('2026-01-01T00:00:01.000Z'),
    correlationid: 'request-2',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: {
      order_id: orderId,
      old_status: 'pending',
      new_status: 'cancelled',
      changed_by: 'system',
      changed_at: '2026-01-01T00:00:01.000Z',
    },
  });
}

export type EffectTables = { effects: { id: string; applied_at_order: number } };

/** A table of effects whose key refuses a second effect of one event, so that no double can hide. */
export async function prepareDatabase(database: Database): Promise<void> {
  await migrateMessaging(database);
  await database.queries.schema
    .createTable('effects')
    .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('applied_at_order', 'bigint')
    .execute();
}

/** The clock for a test that needs real waiting, such as for a bus on a later tick. */
export const systemClock: Clock = createSystemClock();
