import type { Clock } from '@fanfare/core';
import { createSystemClock } from '@fanfare/core';
import { createLocalHub, type LocalHub } from '@fanfare/messaging';
import type { Environment, ServiceFactory } from '@fanfare/service-kit';
import {
  hostForTest,
  type HostedForTest,
  createTopicOwner,
  type TopicOwner,
} from '@fanfare/service-kit/testing';
import { createNotificationWorker, readConfig } from '../../src';

/** A notification as `GET /notifications` shows it. */
export interface ShownNotification {
  readonly id: string;
  readonly order_id: string;
  readonly event_id: string;
  readonly event: string;
  readonly channel: string;
  readonly status: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly sent_at: string | null;
  readonly reason?: string;
}

export interface ShownPage {
  readonly notifications: readonly ShownNotification[];
  readonly next_cursor: string | null;
}

/** A notification worker together with a stand-in for the order service. */
export interface WorkerUnderTest extends AsyncDisposable, Pick<TopicOwner, 'publish'> {
  readonly worker: HostedForTest;
  readonly hub: LocalHub;
  /** `GET /notifications`. */
  list(query?: string): Promise<ShownPage>;
  /** What the worker has published on `notifications`, as its feed shows it. */
  published(): Promise<readonly PublishedEvent[]>;
}

export interface PublishedEvent {
  readonly type: string;
  readonly subject: string;
  readonly causationid: string;
  readonly correlationid: string;
  readonly traceparent: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface HostWorkerOptions {
  readonly clock?: Clock;
  readonly messageBusUrl?: string;
  /** Other services that it meets. */
  readonly beside?: readonly ServiceFactory[];
}

/** Hosts both in this process; `env` is the worker's environment. */
export async function hostWorker(
  env: Environment = {},
  { clock = createSystemClock(), messageBusUrl = 'memory:', beside = [] }: HostWorkerOptions = {},
): Promise<WorkerUnderTest> {
  const hub = createLocalHub({ clock });
  const orders = createTopicOwner({ name: 'order-service', topic: 'orders', messageBusUrl });
  const orderHost = await hostForTest([orders.factory, ...beside], { clock, hub });
  const worker = await hostOneWorker({ MESSAGE_BUS_URL: messageBusUrl, ...env }, { clock, hub });
  return {
    worker,
    hub,
    publish: (...events) => orders.publish(...events),
    list: (query = '') => listNotifications(worker, query),
    published: () => readPublished(worker),
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await orderHost.stop();
    },
  };
}

/** Hosts a worker alone, as a further instance. */
export function hostOneWorker(
  env: Environment,
  options: { readonly clock: Clock; readonly hub: LocalHub },
): Promise<HostedForTest> {
  const config = readConfig({ DATABASE_URL: 'sqlite::memory:', FEED_CHECK_MS: '1000', ...env });
  return hostForTest((resources) => createNotificationWorker(config, resources), options);
}

export async function listNotifications(worker: HostedForTest, query = ''): Promise<ShownPage> {
  const { status, body } = await worker.request(`/notifications${query}`);
  expect(status).toBe(200);
  return body as ShownPage;
}

async function readPublished(worker: HostedForTest): Promise<readonly PublishedEvent[]> {
  const { status, body } = await worker.request('/topics/notifications/0?limit=1000');
  expect(status).toBe(200);
  return (body as { readonly events: readonly PublishedEvent[] }).events;
}
