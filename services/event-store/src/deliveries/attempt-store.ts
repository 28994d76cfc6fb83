import { type PageQuery } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { DeliveryTables } from './delivery-tables';

/** The newest attempts to deliver to an observer, by their number; one more than the page has when there are more. */
export async function listAttempts(
  database: Pick<Database, 'queries'>,
  observerId: string,
  { limit, order, cursor, offset = 0 }: PageQuery,
): Promise<readonly DeliveryTables['observer_deliveries'][]> {
  let found = database.queries
    .withTables<DeliveryTables>()
    .selectFrom('observer_deliveries')
    .selectAll()
    .where('observer_id', '=', observerId);
  if (cursor !== undefined) found = found.where('sequence', order === 'asc' ? '>' : '<', Number(cursor));
  return found
    .orderBy('sequence', order)
    .limit(limit + 1)
    .offset(offset)
    .execute();
}
