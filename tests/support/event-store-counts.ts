import { eventually } from '@fanfare/core/testing';
import { readKafkaTopic } from '@fanfare/messaging/testing';
import type { AcceptedEvent } from './event-load';
import type { EventStoreSystem } from './event-store-system';
import { getJson } from './get-json';
import type { ObserverEndpoint } from './observer-endpoint';

/** An event as the log has it. */
export interface LoggedEvent {
  readonly id: string;
  readonly position: number;
  readonly subject: string;
  readonly aggregate_id: string | null;
  readonly version: number | null;
}

interface Page {
  readonly events: readonly LoggedEvent[];
  readonly next_cursor: string | null;
}

const patience = { timeoutMs: 100_000, everyMs: 300 };

async function readLog(eventStoreUrl: string): Promise<readonly LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = await getJson(`${eventStoreUrl}/api/v1/events?limit=1000${query}`);
    events.push(...page.events);
    cursor = page.next_cursor;
  }
  return events;
}

/**
 * The log has each accepted event once, at the position that its writer was told, and nothing else; there is no hole in the
 * positions nor in the versions of an aggregate; the chain of hashes is whole. Returns the log.
 */
export async function expectCompleteLog(
  eventStoreUrl: string,
  accepted: readonly AcceptedEvent[],
): Promise<readonly LoggedEvent[]> {
  const log = await readLog(eventStoreUrl);
  expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
  const byPosition = [...accepted].sort((one, other) => one.position - other.position);
  expect(log.map(({ id, position }) => ({ id, position }))).toEqual(byPosition);

  const aggregates = groupBy(
    log.filter(({ aggregate_id: id }) => id !== null),
    ({ subject }) => subject,
  );
  expect(aggregates.size).toBeGreaterThan(0);
  for (const events of aggregates.values())
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index));

  expect(await getJson(`${eventStoreUrl}/api/v1/event-store/verify`)).toMatchObject({
    valid: true,
    head_position: log.length,
  });
  return log;
}

/** The endpoint got every event, in order for each subject; what came again is the same. Returns how many came again. */
export async function expectDelivered(
  { deliveries }: Pick<ObserverEndpoint, 'deliveries'>,
  log: readonly LoggedEvent[],
): Promise<number> {
  await eventually(() => {
    expect(new Set(deliveries.map(({ position }) => position)).size).toBe(log.length);
  }, patience);
  expectOrderOfSubjects(deliveries, log);
  return deliveries.length - log.length;
}

/** Both topics got what belongs in them, in order for each key; what came again is the same. Returns how many came again. */
export async function expectStreamed(
  { run, kafkaUrl }: EventStoreSystem,
  log: readonly LoggedEvent[],
): Promise<number> {
  const topics = {
    'observer-events': log,
    'event-sourcing-events': log.filter(({ aggregate_id: id }) => id !== null),
  };
  let repeated = 0;
  for (const [topic, expected] of Object.entries(topics)) {
    const records = await eventually(async () => {
      const found = await readKafkaTopic(
        kafkaUrl,
        topic,
        expected.length,
        ({ key }) => key?.startsWith(run) ?? false,
      );
      const streamed = found.map(({ key, headers }) => ({
        id: headers['ce_id'] ?? '',
        subject: key ?? '',
        position: Number(headers['position']),
      }));
      expect(new Set(streamed.map(({ position }) => position)).size).toBe(expected.length);
      return streamed;
    }, patience);
    expectOrderOfSubjects(records, expected);
    repeated += records.length - expected.length;
  }
  return repeated;
}

/** The first that came of each event; after a repetition, too, nothing is left out. */
function expectOrderOfSubjects(
  arrivals: readonly Pick<LoggedEvent, 'id' | 'subject' | 'position'>[],
  log: readonly LoggedEvent[],
): void {
  const arrived = groupBy(arrivals, ({ subject }) => subject);
  const expected = groupBy(log, ({ subject }) => subject);
  expect([...arrived.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [subject, events] of expected) {
    const texts = events.map(({ id, position }) => `${position} ${id}`);
    const seen = (arrived.get(subject) ?? []).map(({ id, position }) => `${position} ${id}`);
    expect([...new Set(seen)]).toEqual(texts);
    expectNoLeaps(seen.map((text) => texts.indexOf(text)));
  }
}

/** Each is the next one, or an earlier one again. */
function expectNoLeaps(indexes: readonly number[]): void {
  const leaps = indexes.filter((index, at) => index > (indexes[at - 1] ?? -1) + 1);
  expect(leaps).toEqual([]);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
