import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvent, type CloudEvent } from '@fanfare/cloudevents';
import { resolveEventType } from '@fanfare/contracts';
import { openDatabase, openEventLog, type EventLog } from '@fanfare/storage';
import { CompiledQuery } from 'kysely';

/** An event log and a database in files, which outlive the service that opens them. */
export interface LogInFile extends AsyncDisposable {
  /** For the configuration of the service. */
  readonly env: { readonly DATABASE_URL: string; readonly EVENT_LOG_URL: string };
  readonly folder: string;
  /** The same log, opened by the test. */
  readonly log: EventLog;
  /** Appends events that belong to no aggregate, in one commit; answers the position of the last. */
  record(...events: readonly CloudEvent[]): Promise<number>;
  /** Appends events to a stream of type `order`, in one commit. */
  toStream(id: string, ...events: readonly CloudEvent[]): Promise<number>;
  /** Runs a statement on the log's tables behind its back, as somebody with access to the file could. */
  tamper(statement: string, ...parameters: readonly unknown[]): Promise<void>;
  /** The same on the database of the service. */
  change(statement: string, ...parameters: readonly unknown[]): Promise<void>;
}

export async function createLogInFile(): Promise<LogInFile> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'event-store.db')}`,
    EVENT_LOG_URL: `sqlite:${join(folder, 'event-log.db')}`,
  };
  const log = await openEventLog(env.EVENT_LOG_URL);
  const append = async (stream: { id: string; type: string } | null, events: readonly CloudEvent[]) =>
    (await log.append({ appends: [{ stream, expected: 'any', events }] })).position;
  return {
    env,
    folder,
    log,
    record: (...events) => append(null, events),
    toStream: (id, ...events) => append({ id, type: 'order' }, events),
    tamper: (statement, ...parameters) => run(env.EVENT_LOG_URL, statement, parameters),
    change: (statement, ...parameters) => run(env.DATABASE_URL, statement, parameters),
    async [Symbol.asyncDispose]() {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function run(url: string, statement: string, parameters: readonly unknown[]): Promise<void> {
  const tables = await openDatabase(url);
  await tables.queries.executeQuery(CompiledQuery.raw(statement, [...parameters]));
  await tables.close();
}

let made = 0;

/** An event of a name or type, with an id that no other has. */
export function happened(name: string, parts: Partial<CloudEvent> = {}): CloudEvent {
  made += 1;
  const id = `event-${made}`;
  return createEvent({
    id,
    source: '/test',
    type: resolveEventType(name),
    subject: id,
    data: { n: made },
    ...parts,
  });
}
