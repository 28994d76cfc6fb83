import { AppError, createSystemClock, createVirtualClock, type VirtualClock } from '@fanfare/core';
import type { ServiceFactory } from '@fanfare/service-kit';
import {
  hostForTest,
  serviceWith,
  type HostedForTest,
  type HostForTestOptions,
} from '@fanfare/service-kit/testing';
import { openEventLog, type EventLog } from '@fanfare/storage';
import { readConfig, type EventStoreConfig } from '../../config';
import { createSignals, type Signals } from '../signals';
import { createTail } from '../tail';
import { createLive } from '../web-socket';
import { connectClient, type TestClient } from './ws-client';

/** The numbers up to one, after another. */
export const upTo = (last: number, after = 0) =>
  Array.from({ length: last - after }, (_, index) => after + index + 1);

export interface LiveForTest {
  /** While it is, nobody can say where the log ends. */
  isLogAway: boolean;
  readonly log: EventLog;
  readonly signals: Signals;
  readonly hosted: HostedForTest;
  readonly clock: VirtualClock;
  readonly url: string;
}

/** A service for each test of a file whose WebSocket shows a log, and clients of it that go with the test. */
export function useLive() {
  let live: LiveForTest;
  const clients: TestClient[] = [];

  /** A service that is nothing but a log that can be followed; its WebSocket lives by a virtual clock. */
  async function host(
    settings: Partial<EventStoreConfig['webSocket']> = {},
    options: HostForTestOptions = {},
  ): Promise<LiveForTest> {
    const log = await openEventLog('sqlite::memory:');
    const signals = createSignals();
    const clock = createVirtualClock();
    const tail = createTail({ log, clock: createSystemClock(), onFailure: () => undefined, maxEvents: 20 });
    const factory: ServiceFactory = ({ logger, metrics, own }) => {
      own(log);
      const all = { ...readConfig({}).webSocket, ...settings };
      const head = () =>
        made.isLogAway ? Promise.reject(new AppError('unavailable', 'the log is away')) : log.head();
      const deps = { tail, log: { head }, signals, clock, logger, metrics, settings: all };
      return serviceWith({ upgrade: createLive(deps), workers: [tail.worker] });
    };
    const hosted = await hostForTest(factory, options);
    const made = { isLogAway: false, log, signals, hosted, clock, url: hosted.url };
    return made;
  }

  async function connect(query = '', options = {}): Promise<TestClient> {
    const client = await connectClient(live.url, query, options);
    clients.push(client);
    return client;
  }

  async function publish(count: number, type = 'test.happened', data: unknown = {}): Promise<void> {
    const head = await live.log.head();
    const events = Array.from({ length: count }, (_, index) => ({
      specversion: '1.0' as const,
      id: `event-${head + index + 1}`,
      source: '/test',
      type,
      data,
    }));
    await live.log.append({ appends: [{ stream: null, expected: 'any', events }] });
  }

  beforeEach(async () => {
    live = await host();
  });

  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.terminate();
    await live.hosted.stop();
  });

  async function restartWith(...how: Parameters<typeof host>): Promise<void> {
    await live.hosted.stop();
    live = await host(...how);
  }

  return { live: () => live, connect, publish, restartWith };
}
