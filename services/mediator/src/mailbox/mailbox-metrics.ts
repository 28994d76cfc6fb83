import type { Metrics } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { ReceiptStatus } from '../messages/message';
import type { MessageTables } from '../messages/message-rows';
import type { DeliveryResult } from './receive';

const results: readonly DeliveryResult[] = ['acked', 'answered', 'failed', 'dead'];
const shown: readonly ReceiptStatus[] = ['pending', 'delivered', 'dead'];

/** Measures mailboxes, of all colleagues together; returns how to count what became of a delivery. */
export function createMailboxMetrics(
  metrics: Metrics,
  database: Pick<Database, 'queries'>,
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
      const counts = await countReceipts(database);
      for (const status of shown) gauge.set({ status }, counts.get(status) ?? 0);
    },
  });
  return (result) => {
    deliveries.inc({ result });
  };
}

async function countReceipts(database: Pick<Database, 'queries'>): Promise<ReadonlyMap<string, number>> {
  const rows = await database.queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select((row) => ['status', row.fn.countAll<number>().as('counted')] as const)
    .where('status', 'in', shown)
    .groupBy('status')
    .execute()
    // a scrape is not refused because the database is away
    .catch(() => []);
  return new Map(rows.map(({ status, counted }) => [status, counted]));
}
