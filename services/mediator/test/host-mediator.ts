import type { CloudEvent } from '@fanfare/contracts';
import type { Closable, Resources } from '@fanfare/service-kit';
import {
  hostForTest,
  type HostForTestOptions,
  type HostedForTest,
  type TestResponse,
} from '@fanfare/service-kit/testing';
import type { Database } from '@fanfare/storage';
import { createMediatorService, readConfig } from '../src';

/** Paths below are under this one. */
export const api = '/api/v1';

type Call = (
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<TestResponse>;

export interface MediatorForTest extends HostedForTest {
  /** What the service has opened, to be looked into or taken away from it. */
  readonly database: Database;
  readonly post: Call;
  readonly patch: Call;
  readonly delete: Call;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  /** Creates a mediator and registers colleagues of these ids, or with these bodies. */
  begin(mediator: object, ...colleagues: readonly (string | object)[]): Promise<void>;
  /** Everything that was announced, read as other services do. */
  announced(): Promise<readonly CloudEvent<Record<string, unknown>>[]>;
}

/** The mediator on embedded adapters, unless `env` says otherwise. */
export async function hostMediator(
  env: Readonly<Record<string, string>> = {},
  options: HostForTestOptions = {},
): Promise<MediatorForTest> {
  const config = readConfig({ DATABASE_URL: 'sqlite::memory:', ...env });
  const opened: Closable[] = [];
  const hosted = await hostForTest(
    (resources) => createMediatorService(config, listOwned(resources, opened)),
    options,
  );
  const call =
    (method: string): Call =>
    (path, body, headers = {}) =>
      hosted.request(`${api}${path}`, { method, body, headers });
  const post = call('POST');
  return {
    ...hosted,
    database: opened[0] as Database,
    post,
    patch: call('PATCH'),
    delete: call('DELETE'),
    get: (path, headers = {}) => hosted.request(`${api}${path}`, { headers }),
    async begin(mediator, ...colleagues) {
      await expectCreated(post('/mediators', mediator));
      const { name } = mediator as { readonly name: string };
      for (const colleague of colleagues) {
        const body = typeof colleague === 'string' ? { id: colleague, name: colleague } : colleague;
        await expectCreated(post(`/mediators/${name}/colleagues`, body));
      }
    },
    announced: () => readTopic(hosted),
    [Symbol.asyncDispose]: () => hosted.stop(),
  };
}

async function expectCreated(answer: Promise<TestResponse>): Promise<void> {
  const { status, body } = await answer;
  expect({ status, body }).toMatchObject({ status: 201 });
}

interface TopicPage {
  readonly head: number;
  readonly next_sequence: number;
  readonly events: readonly CloudEvent<Record<string, unknown>>[];
}

async function readTopic(hosted: HostedForTest): Promise<readonly CloudEvent<Record<string, unknown>>[]> {
  const all = [];
  for (let from = 1, head = Infinity; from <= head;) {
    const { body } = await hosted.request(`/topics/mediator/0?from=${from}&limit=1000`);
    const page = body as TopicPage;
    all.push(...page.events);
    [from, head] = [page.next_sequence, page.head];
  }
  return all;
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
