import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { createConnection } from 'mysql2/promise';
import { needVariable, readBackendUrls } from './backends';
import { createServiceProcess, type ServiceProcess } from './service-process';

/** The event store as processes of its own, on real backends: MariaDB, FerretDB and Kafka. */
export interface EventStoreSystem {
  /** Different for each system: what it publishes has it in its subjects, because topics are shared. */
  readonly run: string;
  readonly instances: readonly ServiceProcess[];
  readonly kafkaUrl: string;
  /** Stops every process and drops what the databases held for it. */
  close(): Promise<void>;
}

export interface EventStoreSystemOptions {
  /** How many processes share the stores. */
  readonly instances?: number;
  /** Where the log is found, `127.0.0.1:41234`, when it is not where it listens. */
  readonly logAddress?: string;
  /** Further settings of every process. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts the system and resolves when every process is ready. */
export async function startEventStoreSystem(
  options: EventStoreSystemOptions = {},
): Promise<EventStoreSystem> {
  const { instances = 1, logAddress, settings } = options;
  const urls = await readBackendUrls();
  const run = randomUUID().slice(0, 8);
  const name = `fanfare_test_events_${run}`;
  const mysqlUrl = needVariable(urls, 'TEST_MYSQL_URL');
  const logUrl = Object.assign(new URL(needVariable(urls, 'TEST_MONGODB_URL')), {
    pathname: `/${name}`,
  }).href;
  const kafkaUrl = needVariable(urls, 'TEST_KAFKA_URL');

  async function inDatabase(statement: string): Promise<void> {
    const connection = await createConnection(mysqlUrl);
    await connection.query(statement).finally(() => connection.end());
  }
  async function dropLog(): Promise<void> {
    const client = await MongoClient.connect(logUrl);
    await client
      .db()
      .dropDatabase()
      .finally(() => client.close());
  }

  await inDatabase(`create database ${name}`);
  const environment = {
    HOST: '127.0.0.1',
    LOG_FORMAT: 'json',
    DATABASE_URL: Object.assign(new URL(mysqlUrl), { pathname: `/${name}` }).href,
    EVENT_LOG_URL: logAddress ? Object.assign(new URL(logUrl), { host: logAddress }).href : logUrl,
    STREAM_URL: kafkaUrl,
    RECORD_TOPICS: ' ',
    ...settings,
  };
  const processes = await Promise.all(
    Array.from({ length: instances }, () => createServiceProcess('event-store', environment)),
  );
  await Promise.all(processes.map((one) => one.start()));
  await Promise.all(processes.map((one) => one.untilReady()));
  return {
    run,
    instances: processes,
    kafkaUrl,
    async close() {
      await Promise.all(processes.map((one) => one.stop()));
      await Promise.all([inDatabase(`drop database ${name}`), dropLog()]);
    },
  };
}
