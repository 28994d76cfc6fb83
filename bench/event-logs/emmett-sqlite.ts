import type { CloudEvent } from '@fanfare/cloudevents';
import { createMutex } from '@fanfare/core';
import type { BenchLog, OpenBenchLog } from './bench-log';
import { newFile } from './places';

/** The parts of `@event-driven-io/emmett-sqlite` that are used. */
interface Library {
  readonly getSQLiteEventStore: (options: {
    readonly fileName: string;
    readonly connectionOptions: { readonly singleton: true; readonly connection: Connection };
  }) => Store;
  readonly sqliteConnection: (options: { readonly fileName: string }) => Connection;
  readonly readMessagesBatch: (
    connection: Connection,
    options: { readonly after: bigint; readonly batchSize: number },
  ) => Promise<{ readonly currentGlobalPosition: bigint; readonly messages: readonly unknown[] }>;
}

interface Store {
  readonly schema: { migrate(): Promise<void> };
  appendToStream(
    streamId: string,
    events: readonly object[],
    options: { readonly expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<unknown>;
  readStream(streamId: string): Promise<{ readonly events: readonly unknown[] }>;
}

interface Connection {
  command(sql: string): Promise<unknown>;
  close(): void;
}

/** A text, not a literal: the library is none that this project depends on. */
const libraryName: string = ['@event-driven-io', 'emmett-sqlite'].join('/');

/**
 * What opens logs of Emmett, the event store for TypeScript, in its SQLite edition; undefined where it is not
 * installed. Its licence is not permissive, so it is no dependency: who wants the comparison installs it for himself, see
 * `run-bench.sh`.
 */
export async function loadEmmettSqlite(): Promise<OpenBenchLog | undefined> {
  try {
    const library = (await import(libraryName)) as Library;
    return () => openEmmettSqlite(library);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${libraryName}'`)) return undefined;
    throw error;
  }
}

async function openEmmettSqlite({
  getSQLiteEventStore,
  sqliteConnection,
  readMessagesBatch,
}: Library): Promise<BenchLog> {
  const place = await newFile();
  const fileName = place.url.slice('sqlite:'.length);
  const connection = sqliteConnection({ fileName });
  // it does not wait for the same pragma of its own, and the first commit fails while that is under way
  await connection.command('pragma journal_mode = wal');
  const store = getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection } });
  await store.schema.migrate();
  // two appends at once fail, on one connection and on two
  const oneAtATime = createMutex();

  return {
    append: (streamId, expected, events) =>
      oneAtATime.run(async () => {
        const expectedStreamVersion = expected === -1 ? 'STREAM_DOES_NOT_EXIST' : BigInt(expected + 1);
        await store.appendToStream(streamId, events.map(toMessage), { expectedStreamVersion });
      }),
    async readAll(batchSize) {
      let count = 0;
      for (let after = 0n; ;) {
        const { messages, currentGlobalPosition } = await readMessagesBatch(connection, { after, batchSize });
        if (messages.length === 0) return count;
        count += messages.length;
        after = currentGlobalPosition;
      }
    },
    readStream: async (streamId) => (await store.readStream(streamId)).events.length,
    async close() {
      connection.close();
      await place.remove();
    },
  };
}

function toMessage({ type, data, ...metadata }: CloudEvent): object {
  return { type, data, metadata };
}
