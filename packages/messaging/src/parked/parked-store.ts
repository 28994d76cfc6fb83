import type { Clock, Span, Tracer } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import type { Selectable } from 'kysely';
import { readTracedEvent, startEventSpans } from '../events/event-spans';
import type { MessagingTables } from '../messaging-tables';
import { cutReason, cutRow } from './cut-row';
import type { ListedEvent, ParkedEvent, ParkedEvents } from './parked-events';

/** What becomes of later events of a key once one of them is a dead letter: they wait for it, or go on without it. */
export type DeadLetterPolicy = 'block' | 'skip';

/** The store behind `ParkedEvents`, with what the pipeline and the retries need. */
export interface ParkedStore extends ParkedEvents {
  /** What is too large to be kept as a whole is a dead letter at once, with its beginning. */
  insert(tx: Transaction, rows: readonly ParkedRow[]): Promise<void>;
  /** The same, outside a transaction, with the rows whose ids are not there yet. */
  insertNew(rows: readonly ParkedRow[]): Promise<void>;
  /** Keys of a partition with an event in front that later ones have to wait for. */
  blockedKeys(partition: number, tx?: Transaction): Promise<Set<string>>;
  /** The first waiting event of each key, of those whose time has come, at most `limit`. */
  due(limit: number): Promise<readonly ParkedEvent[]>;
  /** When the next of those is due that `due` will give, or null when no time is known for any. */
  nextDueAt(): Promise<Date | null>;
  /** Takes the row out, as part of the transaction of its effect; false when another took it first. */
  take(tx: Transaction, row: ParkedEvent): Promise<boolean>;
  /** Notes a failed attempt; false when another noted one first. */
  noteFailure(row: ParkedEvent, failure: NotedFailure): Promise<boolean>;
}

export type ParkedRow = Selectable<MessagingTables['parked_events']>;

export interface NotedFailure {
  readonly attempts: number;
  /** Null: given up, a dead letter. */
  readonly nextAttemptAt: Date | null;
  readonly reason: string;
}

export interface ParkedStoreOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly group: string;
  readonly topic: string;
  readonly onDeadLetter: DeadLetterPolicy;
  /** Called after a redrive, so that it need not wait for the next look. */
  readonly onRedrive: () => void;
  /** Shows a redrive in the event's trace. */
  readonly tracer?: Tracer | undefined;
}

/** Of one redrive, so many at most are shown in traces. */
const maxShownRedrives = 1_000;

export function createParkedStore(options: ParkedStoreOptions): ParkedStore {
  const { database, clock, group, topic, onDeadLetter, onRedrive, tracer } = options;
  const blocking = onDeadLetter === 'block' ? (['parked', 'dead'] as const) : (['parked'] as const);
  const queries = database.queries.withTables<MessagingTables>();

  const rows = () =>
    queries.selectFrom('parked_events').where('group_name', '=', group).where('topic', '=', topic);

  /** Those that wait for nothing but their time. */
  const firstOfTheirKeys = () =>
    queries
      .selectFrom('parked_events as parked')
      .where('group_name', '=', group)
      .where('topic', '=', topic)
      .where('state', '=', 'parked')
      .where((outer) =>
        outer.not(
          outer.exists(
            outer
              .selectFrom('parked_events as earlier')
              .select('earlier.id')
              .whereRef('earlier.group_name', '=', 'parked.group_name')
              .whereRef('earlier.topic', '=', 'parked.topic')
              .whereRef('earlier.part', '=', 'parked.part')
              .whereRef('earlier.event_key', '=', 'parked.event_key')
              .where('earlier.state', 'in', blocking)
              .where((row) =>
                row.or([
                  row('earlier.ordinal', '<', row.ref('parked.ordinal')),
                  row.and([
                    row('earlier.ordinal', '=', row.ref('parked.ordinal')),
                    row('earlier.id', '<', row.ref('parked.id')),
                  ]),
                ]),
              ),
          ),
        ),
      );

  async function startRedriveSpans(to: Tracer, id: string | undefined): Promise<readonly Span[]> {
    let dead = rows().select('body').where('state', '=', 'dead').limit(maxShownRedrives);
    if (id !== undefined) dead = dead.where('id', '=', id);
    const attributes = { 'messaging.consumer.group.name': group };
    const options = { operation: 'redrive', topic, kind: 'internal', attributes } as const;
    const events = (await dead.execute()).map(({ body }) => readTracedEvent(body));
    return startEventSpans(
      to,
      options,
      events.filter(({ traceparent }) => traceparent !== undefined),
    );
  }

  return {
    async list({ state, limit, offset }) {
      let query = rows().select(listedColumns).orderBy('failed_at').orderBy('id').limit(limit).offset(offset);
      if (state) query = query.where('state', '=', state);
      return (await query.execute()).map(toListedEvent);
    },
    async find(id) {
      const row = await rows().selectAll().where('id', '=', id).executeTakeFirst();
      return row ? toParkedEvent(row) : null;
    },
    async redrive(selection) {
      const spans =
        tracer && (await startRedriveSpans(tracer, selection === 'all' ? undefined : selection.id));
      let query = queries
        .updateTable('parked_events')
        .set({ state: 'parked', attempts: 0, next_attempt_at: null })
        .where('group_name', '=', group)
        .where('topic', '=', topic)
        .where('state', '=', 'dead');
      if (selection !== 'all') {
        query = query.where('id', '=', selection.id);
        if (selection.body) query = query.set({ body: selection.body });
      }
      const { numUpdatedRows } = await query.executeTakeFirst();
      if (spans) for (const span of spans) span.end();
      onRedrive();
      return Number(numUpdatedRows);
    },
    async drop(selection) {
      let query = queries
        .deleteFrom('parked_events')
        .where('group_name', '=', group)
        .where('topic', '=', topic)
        .where('state', '=', 'dead');
      if (selection !== 'all') query = query.where('id', '=', selection.id);
      const { numDeletedRows } = await query.executeTakeFirst();
      return Number(numDeletedRows);
    },
    insert: (tx, parked) => tx.dialect.insertRows(tx.queries, 'parked_events', parked.map(cutRow)),
    async insertNew(parked) {
      await database.dialect.insertNewRows(database.queries, 'parked_events', parked.map(cutRow));
    },
    async blockedKeys(partition, tx) {
      const found = await (tx?.queries ?? database.queries)
        .withTables<MessagingTables>()
        .selectFrom('parked_events')
        .select('event_key')
        .distinct()
        .where('group_name', '=', group)
        .where('topic', '=', topic)
        .where('part', '=', partition)
        .where('state', 'in', blocking)
        .where('event_key', 'is not', null)
        .execute();
      return new Set(found.flatMap(({ event_key }) => event_key ?? []));
    },
    async due(limit) {
      const found = await firstOfTheirKeys()
        .selectAll()
        .where((row) =>
          row.or([row('next_attempt_at', 'is', null), row('next_attempt_at', '<=', clock.now().getTime())]),
        )
        .orderBy('ordinal')
        .limit(limit)
        .execute();
      return found.map(toParkedEvent);
    },
    async nextDueAt() {
      const next = await firstOfTheirKeys()
        .select('next_attempt_at')
        .where('next_attempt_at', 'is not', null)
        .orderBy('next_attempt_at')
        .limit(1)
        .executeTakeFirst();
      return next?.next_attempt_at == null ? null : new Date(next.next_attempt_at);
    },
    async take(tx, { id, attempts }) {
      const { numDeletedRows } = await tx.queries
        .withTables<MessagingTables>()
        .deleteFrom('parked_events')
        .where('id', '=', id)
        .where('state', '=', 'parked')
        .where('attempts', '=', attempts)
        .executeTakeFirst();
      return numDeletedRows === 1n;
    },
    async noteFailure({ id, attempts: attemptsBefore }, { attempts, nextAttemptAt, reason }) {
      const { numUpdatedRows } = await queries
        .updateTable('parked_events')
        .set({
          attempts,
          reason: cutReason(reason),
          state: nextAttemptAt ? 'parked' : 'dead',
          next_attempt_at: nextAttemptAt?.getTime() ?? null,
        })
        .where('id', '=', id)
        .where('state', '=', 'parked')
        .where('attempts', '=', attemptsBefore)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async counts() {
      return rows()
        .select(['part as partition', 'state'])
        .select((row) => row.fn.countAll<number>().as('count'))
        .groupBy(['part', 'state'])
        .execute();
    },
  };
}

const listedColumns = [
  'id',
  'group_name',
  'topic',
  'part',
  'sequence',
  'event_id',
  'event_type',
  'event_key',
  'content_type',
  'state',
  'attempts',
  'next_attempt_at',
  'reason',
  'failed_at',
] as const satisfies readonly (keyof ParkedRow)[];

function toListedEvent(row: Pick<ParkedRow, (typeof listedColumns)[number]>): ListedEvent {
  return {
    id: row.id,
    group: row.group_name,
    topic: row.topic,
    partition: row.part,
    sequence: row.sequence ?? undefined,
    eventId: row.event_id,
    eventType: row.event_type,
    key: row.event_key,
    contentType: row.content_type,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at === null ? null : new Date(row.next_attempt_at),
    reason: row.reason,
    failedAt: new Date(row.failed_at),
  };
}

function toParkedEvent(row: ParkedRow): ParkedEvent {
  return { ...toListedEvent(row), body: row.body };
}
