import { hostForTest, type HostedForTest, type TestResponse } from '@fanfare/service-kit/testing';
import { createEventStore, readConfig } from '../src';

export interface EventStoreForTest extends HostedForTest {
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
}

/** Paths below are under this one. */
export const api = '/api/v1';

/** The event store on embedded adapters, unless `env` says otherwise. */
export async function hostEventStore(env: Readonly<Record<string, string>> = {}): Promise<EventStoreForTest> {
  const config = readConfig({
    DATABASE_URL: 'sqlite::memory:',
    EVENT_LOG_URL: 'sqlite::memory:',
    RECORD_TOPICS: ' ',
    ...env,
  });
  const hosted = await hostForTest((resources) => createEventStore(config, resources));
  return {
    ...hosted,
    post: (path, body, headers = {}) => hosted.request(`${api}${path}`, { method: 'POST', body, headers }),
    get: (path, headers = {}) => hosted.request(`${api}${path}`, { headers }),
    [Symbol.asyncDispose]: () => hosted.stop(),
  };
}
