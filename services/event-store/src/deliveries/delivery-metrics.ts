import type { Metrics } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { DeliveryTables } from './delivery-tables';
import type { Outcome } from './outcome';

/** Measures deliveries, of all observers together: there may be thousands. */
export interface DeliveryMetrics {
  attempted(outcome: Outcome): void;
  /** So many events are not delivered because later ones come in their places. */
  superseded(events: number): void;
}

export function createDeliveryMetrics(
  metrics: Metrics,
  { database, served }: { readonly database: Pick<Database, 'queries'>; readonly served: () => number },
): DeliveryMetrics {
  const deliveries = metrics.counter({
    name: 'deliveries_total',
    help: 'Attempts to deliver events to observers, by what became of them.',
    labels: ['result'],
  });
  for (const result of ['delivered', 'failed']) deliveries.inc({ result }, 0);
  const superseded = metrics.counter({
    name: 'deliveries_superseded_total',
    help: 'Events that were not delivered because a later one came within the period of the observer’s debounce.',
  });
  superseded.inc(0);
  const durations = metrics.histogram({
    name: 'delivery_duration_seconds',
    help: 'Time from sending an event to an observer to its answer.',
  });
  metrics.gauge({
    name: 'observers_served',
    help: 'Observers that this instance delivers to.',
    collect: (gauge) => {
      gauge.set(served());
    },
  });
  metrics.gauge({
    name: 'delivery_failures',
    help: 'Events that wait to be delivered again, and dead letters, of all observers on all instances.',
    labels: ['state'],
    collect: async (gauge) => {
      const { waiting, dead } = await countFailures(database);
      gauge.set({ state: 'waiting' }, waiting);
      gauge.set({ state: 'dead' }, dead);
    },
  });
  metrics.gauge({
    name: 'observer_breakers_open',
    help: 'Observers that get nothing for now, because deliveries to them failed in a row.',
    collect: async (gauge) => {
      // a scrape is not refused because the database is away, and goes on with what was last seen
      await countOpenBreakers(database).then(
        (count) => {
          gauge.set(count);
        },
        () => undefined,
      );
    },
  });
  return {
    attempted({ result, durationMs }) {
      deliveries.inc({ result });
      durations.observe(durationMs / 1_000);
    },
    superseded(events) {
      superseded.inc(events);
    },
  };
}

async function countOpenBreakers({ queries }: Pick<Database, 'queries'>): Promise<number> {
  const { open } = await queries
    .withTables<DeliveryTables>()
    .selectFrom('observer_states')
    .select((row) => row.fn.countAll<number>().as('open'))
    .where('breaker_state', '=', 'open')
    .executeTakeFirstOrThrow();
  return open;
}

async function countFailures(database: Pick<Database, 'queries'>) {
  const rows = await database.queries
    .withTables<DeliveryTables>()
    .selectFrom('observer_failures')
    .select((row) => ['state', row.fn.countAll<number>().as('events')] as const)
    .groupBy('state')
    .execute()
    // a scrape is not refused because the database is away
    .catch(() => []);
  const count = (isDead: boolean) =>
    rows.reduce((sum, { state, events }) => ((state === 'dead') === isDead ? sum + events : sum), 0);
  return { waiting: count(false), dead: count(true) };
}
