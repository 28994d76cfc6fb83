import { createEventStore, readConfig } from '@fanfare/event-store';
import { hostServices } from '@fanfare/service-kit';
import { openEventLog, type EventLog } from '@fanfare/storage';
import { newFile, type Place } from './places';

/** An event store in this process. */
export interface HostedStore {
  readonly url: string;
  /** Another opener of its log. */
  readonly log: EventLog;
  /** Throws when the answer is no 2xx. Paths are below `/api/v1`. */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Hosts an empty event store, its database in a file and its log where `newPlace` says. */
export async function hostStore(newPlace: () => Promise<Place>): Promise<HostedStore> {
  const [database, place] = [await newFile(), await newPlace()];
  const config = readConfig({
    DATABASE_URL: database.url,
    EVENT_LOG_URL: place.url,
    RECORD_TOPICS: ' ',
    // a snapshot is taken when the benchmark wants one
    SNAPSHOT_EVERY: '100000',
  });
  const host = await hostServices(
    [async (resources) => ({ ...(await createEventStore(config, resources)), listen: anyPort })],
    { logging: { level: 'error' } },
  );
  await host.ready;
  const [url = ''] = Object.values(host.urls);
  const log = await openEventLog(place.url);
  return {
    url,
    log,
    async call(method, path, body) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    },
    async close() {
      await host.stop();
      await log.close();
      await database.remove();
      await place.remove();
    },
  };
}

const anyPort = { host: '127.0.0.1', port: 0 };
