import type { Closable, Resources } from '@fanfare/service-kit';
import {
  hostForTest,
  type HostForTestOptions,
  type HostedForTest,
  type TestResponse,
} from '@fanfare/service-kit/testing';
import type { EventLog } from '@fanfare/storage';
import { createEventStore, readConfig } from '../src';
import type { LocalObserver } from '../src/observers/registry';

export interface EventStoreForTest extends HostedForTest {
  /** What the service has opened, to be looked into or taken away from it. */
  readonly log: EventLog;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
}

/** Paths below are under this one. */
export const api = '/api/v1';

export interface HostEventStoreOptions extends HostForTestOptions {
  /** Observers in the process of the service. */
  readonly localObservers?: readonly LocalObserver[];
}

/** The event store on embedded adapters, unless `env` says otherwise. */
export async function hostEventStore(
  env: Readonly<Record<string, string>> = {},
  { localObservers, ...options }: HostEventStoreOptions = {},
): Promise<EventStoreForTest> {
  const config = readConfig({
    DATABASE_URL: 'sqlite::memory:',
    EVENT_LOG_URL: 'sqlite::memory:',
    RECORD_TOPICS: ' ',
    ...env,
  });
  const opened: Closable[] = [];
  const hosted = await hostForTest(
    (resources) => createEventStore(config, listOwned(resources, opened), localObservers),
    options,
  );
  return {
    ...hosted,
    log: opened.find((thing) => 'readStream' in thing) as EventLog,
    post: (path, body, headers = {}) => hosted.request(`${api}${path}`, { method: 'POST', body, headers }),
    get: (path, headers = {}) => hosted.request(`${api}${path}`, { headers }),
    [Symbol.asyncDispose]: () => hosted.stop(),
  };
}

function listOwned(resources: Resources, opened: Closable[]): Resources {
  return {
    ...resources,
    own: (thing) => {
      opened.push(thing);
      return resources.own(thing);
    },
  };
}

/** A record, as far as tests look into it. */
export interface RecordJson {
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly version: number | null;
  readonly data: unknown;
  readonly [name: string]: unknown;
}

export interface PageJson {
  readonly events: readonly RecordJson[];
  readonly next_cursor: string | null;
}

/** The record of an event that is there. */
export async function readRecord(service: EventStoreForTest, id: string): Promise<RecordJson> {
  const { status, body } = await service.get(`/events/${id}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as RecordJson;
}

/** One page of events. */
export async function listEvents(service: EventStoreForTest, path = '/events?limit=1000'): Promise<PageJson> {
  const { status, body } = await service.get(path);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as PageJson;
}

/** All pages of a list, following `next_cursor`. */
export async function walkEvents(
  service: EventStoreForTest,
  path: string,
  whileReading?: () => Promise<unknown>,
): Promise<readonly (readonly RecordJson[])[]> {
  const pages: (readonly RecordJson[])[] = [];
  const join = path.includes('?') ? '&' : '?';
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: PageJson = await listEvents(service, cursor === '' ? path : `${path}${join}cursor=${cursor}`);
    pages.push(page.events);
    cursor = page.next_cursor;
    await whileReading?.();
  }
  return pages;
}
