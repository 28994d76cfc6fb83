import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLocalHub } from '@fanfare/messaging';
import type { Resources, ServiceFactory } from '@fanfare/service-kit';
import { hostForTest, type HostedForTest, type TopicOwner } from '@fanfare/service-kit/testing';
import type { Database } from '@fanfare/storage';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnalyticsService, readConfig } from '../src';
import { createOrderProducer } from './order-producer';

/** Analytics as users meet it: over HTTP, with orders coming in over a bus. */
export interface System extends AsyncDisposable {
  readonly producer: TopicOwner;
  /** The first instance; throws while there is none. */
  readonly analytics: HostedForTest;
  readonly instances: readonly HostedForTest[];
  /** One more instance on the same database. */
  addInstance(): Promise<HostedForTest>;
  /** How many transactions all instances have asked for. */
  readonly transactions: () => number;
  /** Lets no transaction begin until the returned function is called. */
  holdTransactions(): () => void;
  /** Reads from the first instance. */
  get(path: string): Promise<unknown>;
  /** Waits until the first instance answers the summary with at least these fields. */
  untilSummary(fields: object): Promise<void>;
}

export interface SystemOptions {
  /** How many run from the beginning; 1 unless told otherwise. */
  readonly instances?: number;
  /** Without it, only what a test sends itself is on the bus. */
  readonly hasRelay?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Other services that it meets. */
  readonly beside?: readonly ServiceFactory[];
}

export async function startSystem({
  instances = 1,
  hasRelay = true,
  env = {},
  beside = [],
}: SystemOptions = {}): Promise<System> {
  const clock = createSystemClock();
  const hub = createLocalHub({ clock });
  const folder = await mkdtemp(join(tmpdir(), 'analytics-test-'));
  const config = readConfig({ DATABASE_URL: `sqlite:${join(folder, 'analytics.db')}`, ...env });
  const producer = createOrderProducer({ hasRelay });
  const owner = await hostForTest([producer.factory, ...beside], {
    hub,
    clock,
  });
  const hosted: HostedForTest[] = [];
  const watch = createTransactionWatch();

  async function addInstance(): Promise<HostedForTest> {
    const instance = await hostForTest((resources) => createAnalyticsService(config, watch.in(resources)), {
      hub,
      clock,
    });
    hosted.push(instance);
    return instance;
  }

  function first(): HostedForTest {
    const [instance] = hosted;
    if (!instance) throw new Error('analytics does not run yet');
    return instance;
  }

  while (hosted.length < instances) await addInstance();

  async function get(path: string): Promise<unknown> {
    const { status, body } = await first().request(path);
    expect({ path, status }).toEqual({ path, status: 200 });
    return body;
  }

  return {
    producer,
    get analytics() {
      return first();
    },
    instances: hosted,
    addInstance,
    transactions: watch.count,
    holdTransactions: () => watch.hold(),
    get,
    untilSummary: (fields) =>
      eventually(async () => {
        expect(await get('/analytics/summary')).toMatchObject(fields);
      }),
    async [Symbol.asyncDispose]() {
      for (const one of [...hosted, owner]) await one.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Counts the transactions of a service, and holds them up when it is told to. */
function createTransactionWatch() {
  let count = 0;
  let gate = Promise.resolve();
  const isDatabase = (thing: object): thing is Database => 'transact' in thing;

  return {
    count: () => count,
    hold() {
      let letGo!: () => void;
      gate = new Promise((resolve) => (letGo = resolve));
      return letGo;
    },
    in: (resources: Resources): Resources => ({
      ...resources,
      own(thing) {
        if (isDatabase(thing)) {
          const { transact } = thing;
          thing.transact = async (work) => {
            count += 1;
            await gate;
            return transact(work);
          };
        }
        return resources.own(thing);
      },
    }),
  };
}
