import { createServiceProcess } from '../../tests/support/service-process';
import type { Place } from '../event-logs/places';
import { readMetric } from '../prometheus';
import { startServer } from '../servers/start-server';
import { createCaller, type Caller } from './caller';

/** A process with a database of its own. */
export interface Rival extends Caller {
  readonly databaseUrl: string;
  /** Of the process, in MiB. */
  residentMemory(): Promise<number>;
  /** Of the process, so far. */
  processorSeconds(): Promise<number>;
  /** Ends it, with its database. */
  stop(): Promise<void>;
}

const environment = { HOST: '127.0.0.1', LOG_LEVEL: 'warn' };

export interface RestartableRival extends Rival {
  /** Ends the process and begins another on the same database. */
  restart(): Promise<void>;
}

/** The mediator, empty. */
export async function startMediator(newPlace: () => Promise<Place>): Promise<RestartableRival> {
  const place = await newPlace();
  const service = await createServiceProcess('mediator', {
    ...environment,
    DATABASE_URL: place.url,
    MAX_COLLEAGUES: '10000',
    MAX_COLLEAGUES_PER_MEDIATOR: '10000',
    WEBHOOK_ALLOW_PRIVATE: 'true',
  });
  const start = async () => {
    await service.start();
    await service.untilReady();
  };
  await start();
  return {
    ...toRival(service.url, place.url),
    async restart() {
      await service.stop();
      await start();
    },
    async stop() {
      await service.stop();
      await place.remove();
    },
  };
}

/** `servers/plain-mediator.ts`. */
export async function startPlainMediator(newPlace: () => Promise<Place>): Promise<Rival> {
  const place = await newPlace();
  const server = await startServer('plain-mediator', { ...environment, DATABASE_URL: place.url });
  return {
    ...toRival(server.url, place.url),
    async stop() {
      await server.stop();
      await place.remove();
    },
  };
}

/** Calls and watches what is served at `url`. */
export function toRival(url: string, databaseUrl: string): Omit<Rival, 'stop'> {
  return {
    ...createCaller(url),
    databaseUrl,
    residentMemory: async () => (await readMetric(url, 'process_resident_memory_bytes')) / 2 ** 20,
    processorSeconds: () => readMetric(url, 'process_cpu_seconds_total'),
  };
}
