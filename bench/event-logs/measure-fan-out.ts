import http from 'node:http';
import { encodeHttp, type CloudEvent } from '@fanfare/cloudevents';
import { median } from '../median';
import { hostStore, type HostedStore } from './host-store';
import { newEvents } from './new-events';
import type { Place } from './places';
import { openReceivers } from './receivers';

const observerCount = 10;
const eventCount = 500;

/**
 * Deliveries per second to ten observers that take one event at a time, each with a receiver of its own, from the first
 * event that is published to the last that is taken; next to ten clients of Node that only post events to the same
 * receivers, one at a time. Everything lives in this process.
 */
export async function measureFanOut(
  technology: string,
  newPlace: () => Promise<Place>,
  rounds: number,
): Promise<void> {
  const receivers = await openReceivers(observerCount);
  const store = await hostStore(newPlace);
  const agent = new http.Agent({ keepAlive: true });
  const ways = {
    deliver: async () => {
      await publish(store);
      await receivers.have(eventCount);
    },
    post: async () => {
      const events = newEvents('order-1', eventCount);
      await Promise.all(receivers.urls.map((url) => postEach(url, agent, events)));
      await receivers.have(eventCount);
    },
  };
  try {
    await observe(store, receivers.urls);
    const rates = { deliver: [] as number[], post: [] as number[] };
    for (const way of Object.values(ways)) await way();
    for (let round = 0; round < rounds; round += 1) {
      for (const name of ['deliver', 'post'] as const) rates[name].push(await rateOf(ways[name]));
    }
    print(technology, median(rates.deliver), median(rates.post));
  } finally {
    agent.destroy();
    await store.close();
    await receivers.close();
  }
}

async function observe(store: HostedStore, endpoints: readonly string[]): Promise<void> {
  for (const [index, endpoint] of endpoints.entries()) {
    await store.call('POST', '/observers', { id: `observer-${index}`, event_types: ['*'], endpoint });
  }
}

async function publish(store: HostedStore): Promise<void> {
  const batchSize = 100;
  for (let published = 0; published < eventCount; published += batchSize) {
    const id = crypto.randomUUID();
    const events = newEvents(id, batchSize).map(({ type, data }) => ({ type, data }));
    const append = { aggregate_id: id, aggregate_type: 'order', expected_version: 'none', events };
    await store.call('POST', '/events/append', { appends: [append] });
  }
}

async function postEach(url: string, agent: http.Agent, events: readonly CloudEvent[]): Promise<void> {
  for (const event of events) {
    const { headers, body } = encodeHttp(event, 'binary');
    await new Promise<void>((resolve, reject) => {
      const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
        response.resume().on('end', resolve);
      });
      request.on('error', reject).end(body);
    });
  }
}

async function rateOf(way: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await way();
  return ((eventCount * observerCount) / (performance.now() - startedMs)) * 1_000;
}

function print(technology: string, delivered: number, posted: number): void {
  const figures = `${format(delivered)} /s   bare HTTP ${format(posted)} /s`;
  console.log(
    `${technology}: deliveries to ${observerCount} observers`.padEnd(36),
    `${figures}   = ${(delivered / posted).toFixed(2)} × bare HTTP`,
  );
}

const format = (rate: number) => Math.round(rate).toString().padStart(7);
