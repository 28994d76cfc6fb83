import type { Database, LogEvent } from '@fanfare/storage';
import type { FindProcessing } from '../events/event-page';
import type { Processing } from '../events/event-record';
import type { DeliveryTables } from './delivery-tables';
import type { ServedObserver } from './sender';
import type { ServedObservers } from './served-observers';

/** Of which event whom it concerns. */
export interface Concern {
  readonly position: number;
  readonly recordedAt: Date;
  readonly observerIds: readonly string[];
}

/** The enabled observers that an event concerns. */
export function concernOf(served: Iterable<ServedObserver>, logged: LogEvent): Concern {
  const concerned = [...served].filter((one) => one.observer.isEnabled && one.matches(logged));
  const { position, recordedAt } = logged;
  return { position, recordedAt, observerIds: concerned.map(({ observer }) => observer.id) };
}

/** Makes what tells whether every enabled observer that an event concerns has it. */
export function createFindProcessing(
  database: Pick<Database, 'queries'>,
  observers: Pick<ServedObservers, 'current'>,
): FindProcessing {
  return async function findProcessing(events) {
    const served = [...(await observers.current()).values()];
    return judgeConcerns(
      database,
      events.map((event) => concernOf(served, event)),
    );
  };
}

/** Whether those whom events concern have them; asks the same few questions for however many events. */
export async function judgeConcerns(
  database: Pick<Database, 'queries'>,
  concerns: readonly Concern[],
): Promise<readonly Processing[]> {
  const open = concerns.filter(({ observerIds }) => observerIds.length > 0);
  const known = await findDeliveries(
    database,
    [...new Set(open.flatMap(({ observerIds }) => observerIds))],
    open.map(({ position }) => position),
  );
  return concerns.map(({ position, recordedAt, observerIds }) => {
    if (observerIds.length === 0) return { isProcessed: true, processedAt: recordedAt };
    const isProcessed = observerIds.every((id) => known.isDone(id, position));
    return { isProcessed, processedAt: isProcessed ? known.lastDeliveryAt(observerIds, position) : null };
  });
}

async function findDeliveries(
  database: Pick<Database, 'queries'>,
  observerIds: readonly string[],
  positions: readonly number[],
) {
  const queries = database.queries.withTables<DeliveryTables>();
  if (observerIds.length === 0) return nothingDone;
  const states = await queries
    .selectFrom('observer_states')
    .select(['observer_id', 'position'])
    .where('observer_id', 'in', [...observerIds])
    .execute();
  const failures = await queries
    .selectFrom('observer_failures')
    .select(['observer_id', 'position'])
    .where('position', 'in', [...positions])
    .execute();
  const deliveries = await queries
    .selectFrom('observer_deliveries')
    .select((row) => ['observer_id', 'position', row.fn.max('attempted_at').as('at')] as const)
    .where('position', 'in', [...positions])
    .where('status', '=', 'delivered')
    .groupBy(['observer_id', 'position'])
    .execute();
  const cursors = new Map(states.map((row) => [row.observer_id, row.position]));
  const open = new Set(failures.map(keyOf));
  const times = new Map(deliveries.map((row) => [keyOf(row), row.at]));
  return {
    isDone: (id: string, position: number) =>
      (cursors.get(id) ?? -1) >= position && !open.has(keyOf({ observer_id: id, position })),
    lastDeliveryAt(ids: readonly string[], position: number): Date | null {
      const found = ids.map((id) => times.get(keyOf({ observer_id: id, position })));
      const known = found.filter((at) => at !== undefined);
      return known.length < found.length ? null : new Date(Math.max(...known));
    },
  };
}

const nothingDone = { isDone: () => false, lastDeliveryAt: () => null };

function keyOf({ observer_id: id, position }: { readonly observer_id: string; readonly position: number }) {
  return `${position} ${id}`;
}
