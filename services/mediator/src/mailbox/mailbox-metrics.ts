import type { Clock } from '@fanfare/core';
import type { Metrics } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { ReceiptStatus } from '../messages/message';
import type { MessageTables } from '../messages/message-rows';
import type { DeliveryResult } from './receive';

const results: readonly DeliveryResult[] = ['acked', 'answered', 'failed', 'dead'];
const shown: readonly ReceiptStatus[] = ['pending', 'delivered', 'dead'];

export interface MailboxMetricsDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Measures mailboxes, of all colleagues together; returns how to count what became of a delivery. */
export function createMailboxMetrics(
  metrics: Metrics,
  { database, clock }: MailboxMetricsDeps,
): (result: DeliveryResult) => void {
  const deliveries = metrics.counter({
    name: 'mediator_deliveries_total',
    help: 'Messages that recipients have settled, by how.',
    labels: ['result'],
  });
  for (const result of results) deliveries.inc({ result }, 0);
  metrics.gauge({
    name: 'mediator_mailbox_messages',
    help: 'Messages in the mailboxes of all colleagues on all instances, by where they stand.',
    labels: ['status'],
    collect: async (gauge) => {
      // a scrape is not refused because the database is away, and says nothing then of what is in there
      const counts = await countReceipts(database, clock.now()).catch(() => null);
      gauge.reset();
      if (!counts) return;
      for (const status of shown) gauge.set({ status }, counts.get(status) ?? 0);
    },
  });
  return (result) => {
    deliveries.inc({ result });
  };
}

async function countReceipts(
  { queries }: MailboxMetricsDeps['database'],
  now: Date,
): Promise<ReadonlyMap<string, number>> {
  const receipts = queries.withTables<MessageTables>().selectFrom('receipts');
  const rows = await receipts
    .select((row) => ['status', row.fn.countAll<number>().as('counted')] as const)
    .where('status', 'in', shown)
    .groupBy('status')
    .execute();
  const back = await receipts
    .select((row) => row.fn.countAll<number>().as('counted'))
    .where('status', '=', 'delivered')
    .where('available_at', '<=', now.getTime())
    .executeTakeFirstOrThrow();
  const counts = new Map<string, number>(rows.map(({ status, counted }) => [status, counted]));
  // what nobody has in hands any more waits again
  counts.set('pending', (counts.get('pending') ?? 0) + back.counted);
  counts.set('delivered', (counts.get('delivered') ?? 0) - back.counted);
  return counts;
}
