import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { quantile } from '../median';
import { hostStore, type HostedStore } from './host-store';
import type { Place } from './places';

const perSecond = 200;

/**
 * How long it takes from the moment at which an event is sent to be published to its frame at a client that is connected
 * by WebSocket, with 200 events a second, each in a request of its own. Everything lives in this process.
 */
export async function measureFrames(
  technology: string,
  newPlace: () => Promise<Place>,
  seconds: number,
): Promise<void> {
  const store = await hostStore(newPlace);
  const socket = new WebSocket(`${store.url.replace('http', 'ws')}/ws?user_id=bench&client_id=bench`);
  try {
    await once(socket, 'open');
    const sentMs = new Map<string, number>();
    const latenciesMs: number[] = [];
    socket.on('message', (data: Buffer) => {
      const id = readPublished(data);
      const startedMs = id === undefined ? undefined : sentMs.get(id);
      if (startedMs !== undefined) latenciesMs.push(performance.now() - startedMs);
    });
    await publishEvenly(store, 1, new Map());
    const took = await publishEvenly(store, seconds, sentMs);
    while (latenciesMs.length < sentMs.size) await sleep(10);
    print(technology, latenciesMs, sentMs.size / took);
  } finally {
    socket.terminate();
    await store.close();
  }
}

/** Sends by the clock, whether earlier ones are answered or not; returns how many seconds that took. */
async function publishEvenly(
  store: HostedStore,
  seconds: number,
  sentMs: Map<string, number>,
): Promise<number> {
  const startedMs = performance.now();
  const answers: Promise<unknown>[] = [];
  for (let sent = 0; sent < seconds * perSecond; sent += 1) {
    const dueMs = startedMs + (sent * 1_000) / perSecond;
    while (performance.now() < dueMs) await sleep(1);
    const id = crypto.randomUUID();
    sentMs.set(id, performance.now());
    answers.push(store.call('POST', '/events', { id, type: 'com.example.order.shipped', data: { sent } }));
  }
  const took = (performance.now() - startedMs) / 1_000;
  await Promise.all(answers);
  return took;
}

function readPublished(data: Buffer): string | undefined {
  const { type, event } = JSON.parse(data.toString()) as { type: string; event?: { id: string } };
  return type === 'event.published' ? event?.id : undefined;
}

function print(technology: string, latenciesMs: readonly number[], rate: number): void {
  const [p50, p99] = [0.5, 0.99].map((part) => quantile(latenciesMs, part).toFixed(1));
  console.log(
    `${technology.padEnd(12)} publish to WebSocket frame at ${rate.toFixed(0)} events/s: median ${p50} ms, 99th percentile ${p99} ms`,
  );
}
