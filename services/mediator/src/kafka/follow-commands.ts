import { createHash } from 'node:crypto';
import { decodeKafka, encodeKafka, eventMediaType } from '@fanfare/cloudevents';
import { PermanentError, createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import {
  createParkedStore,
  type Consumer,
  type IncomingRecord,
  type MessagingObserver,
  type ParkedEvent,
  type ParkedRow,
} from '@fanfare/messaging';
import type { Database } from '@fanfare/storage';
import { readCommand } from './command';
import type { ExecuteCommand } from './execute-command';

export interface FollowCommandsDeps {
  readonly topic: string;
  readonly group: string;
  /** Hands over the records of the topic, in order, until `signal` aborts. */
  readonly follow: (
    handle: (records: readonly IncomingRecord[]) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly execute: ExecuteCommand;
  readonly database: Database;
  readonly clock: Clock;
  readonly observer: MessagingObserver;
}

const rowsPerRound = 50;
/** Another instance may have been asked to try a dead letter again. */
const maxRestMs = 5_000;

/**
 * Executes what stands in the topic of commands. What cannot be read is a dead letter and holds nothing up; when it is
 * tried again, with other bytes, it is executed as if it had come so. The topic has no owner whose log could be read, so
 * there are no positions to compare.
 */
export function createFollowCommands(deps: FollowCommandsDeps): Consumer {
  const { topic, group, follow, execute, database, clock, observer } = deps;
  const wakeUp = createWakeUp(clock);
  const place = { group, topic };
  const onRedrive = wakeUp.wake;
  const parked = createParkedStore({ ...place, database, clock, onDeadLetter: 'skip', onRedrive });

  async function executeRecord(record: Pick<IncomingRecord, 'value' | 'headers'>): Promise<void> {
    const command = readCommand(record);
    const isNew = await execute(command);
    observer.applied(group, isNew ? 'applied' : 'duplicate', [command], clock.now().getTime());
  }

  async function keep(record: IncomingRecord, { message: reason }: PermanentError): Promise<void> {
    await parked.insertNew([toDeadLetter(record, { ...place, reason, now: clock.now() })]);
    observer.failed({ ...place, eventId: 'unreadable', attempts: 1, isDead: true, reason });
  }

  async function take(records: readonly IncomingRecord[]): Promise<void> {
    for (const record of records) {
      try {
        await executeRecord(record);
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        await keep(record, error);
      }
    }
  }

  async function retry(row: ParkedEvent): Promise<void> {
    try {
      await executeRecord({ value: row.body, headers: { 'content-type': eventMediaType } });
      await database.transact((tx) => parked.take(tx, row));
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      await parked.noteFailure(row, {
        attempts: row.attempts + 1,
        nextAttemptAt: null,
        reason: error.message,
      });
    }
  }

  async function retryOnce(): Promise<number> {
    const due = await parked.due(rowsPerRound);
    for (const row of due) await retry(row);
    return due.length;
  }

  async function retryWhileRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if ((await retryOnce()) === 0) await wakeUp.wait(maxRestMs, signal);
    }
  }

  return {
    ...place,
    parked,
    retryOnce,
    positions: () => Promise.resolve([]),
    countMissing: () => Promise.resolve(0),
    async run(signal) {
      const onFailure = (error: unknown, delayMs: number) => {
        observer.waiting(`retries of ${group} on ${topic}`, error, delayMs);
      };
      await Promise.all([
        follow(take, signal),
        keepTrying(() => retryWhileRunning(signal), { clock, signal, onFailure }),
      ]);
    },
  };
}

interface DeadLetterContext {
  readonly group: string;
  readonly topic: string;
  readonly reason: string;
  readonly now: Date;
}

/** The same row however often the record comes. */
function toDeadLetter(record: IncomingRecord, { group, topic, reason, now }: DeadLetterContext): ParkedRow {
  const { partition, offset, headers = {} } = record;
  const { body, contentType } = toBody(record);
  const id = createHash('sha256').update(`${topic} ${partition} ${offset} `).update(body).digest('hex');
  const header = (name: string) => headers[name]?.toString();
  return {
    id: id.slice(0, 32),
    group_name: group,
    topic,
    part: partition,
    ordinal: now.getTime(),
    sequence: null,
    event_key: null,
    event_id: header('ce_id')?.slice(0, 128) ?? null,
    event_type: header('ce_type')?.slice(0, 256) ?? null,
    body,
    content_type: contentType,
    state: 'dead',
    attempts: 1,
    next_attempt_at: null,
    reason,
    failed_at: now.getTime(),
  };
}

/** An event keeps its attributes with it, wherever they stood; what is none stays as it came. */
function toBody({ value, headers = {} }: IncomingRecord) {
  try {
    const encoded = encodeKafka(decodeKafka({ value, headers }), 'structured');
    return { body: Buffer.from(encoded.value ?? ''), contentType: eventMediaType };
  } catch {
    const contentType = headers['content-type']?.toString().slice(0, 256);
    return { body: value ?? Buffer.alloc(0), contentType: contentType ?? 'application/octet-stream' };
  }
}
