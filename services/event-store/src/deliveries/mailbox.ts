import { type PageQuery } from '@fanfare/service-kit';
import type { Clock } from '@fanfare/core';
import type { Database, EventLog, LogEvent } from '@fanfare/storage';
import { parseTypePattern } from '../events/type-pattern';
import { walkLog } from '../events/walk-events';
import type { DeliveryTables } from './delivery-tables';
import type { ServedObserver } from './sender';

/** What an observer without endpoint has not acknowledged, by position; one more than the page has when there are more. */
export async function listMailbox(
  log: Pick<EventLog, 'head' | 'read'>,
  served: ServedObserver,
  cursor: number,
  { limit, order, cursor: after, offset = 0 }: PageQuery,
): Promise<readonly LogEvent[]> {
  const types = served.observer.eventTypes.flatMap((text) => parseTypePattern(text).filterTypes);
  const wanted = offset + limit + 1;
  const found: LogEvent[] = [];
  const walk = walkLog(log, {
    filter: { types },
    order,
    after: after === undefined ? undefined : Number(after),
    fromPosition: cursor,
    offset: 0,
    limit: wanted,
  });
  for await (const events of walk) {
    found.push(...events.filter((logged) => served.matches(logged)));
    if (found.length >= wanted) break;
  }
  return found.slice(offset, wanted);
}

/** Moves the cursor of an observer forwards; one that is further stays where it is. */
export async function acknowledge(
  database: Pick<Database, 'queries'>,
  clock: Pick<Clock, 'now'>,
  observerId: string,
  position: number,
): Promise<void> {
  await database.queries
    .withTables<DeliveryTables>()
    .updateTable('observer_states')
    .set({ position, last_delivery_at: clock.now().getTime() })
    .where('observer_id', '=', observerId)
    .where('position', '<', position)
    .execute();
}
