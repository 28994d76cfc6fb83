import { eventually } from '@fanfare/core/testing';
import { startEventLoad, untilMoreAccepted } from '../support/event-load';
import { expectCompleteLog, expectDelivered, expectStreamed } from '../support/event-store-counts';
import { startEventStoreSystem, type EventStoreSystem } from '../support/event-store-system';
import {
  observe,
  openObserverEndpoint,
  readObserver,
  type ObserverEndpoint,
} from '../support/observer-endpoint';

const waiting = { timeoutMs: 60_000, everyMs: 100 };
const observers = ['observer-1', 'observer-2', 'observer-3'];

async function countServed(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^observers_served(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1]);
}

describe('two instances of the event store on the same stores', () => {
  let system: EventStoreSystem;
  let urls: readonly string[];
  let endpoints: readonly ObserverEndpoint[];

  beforeEach(async () => {
    system = await startEventStoreSystem({ instances: 2 });
    urls = system.instances.map(({ url }) => url);
    endpoints = await Promise.all(observers.map(() => openObserverEndpoint()));
    for (const [index, id] of observers.entries())
      await observe(urls[0] ?? '', id, endpoints[index]?.url ?? '');
  });
  afterEach(async () => {
    await system.close();
    for (const endpoint of endpoints) await endpoint.close();
  });

  /** The instance that delivers to most observers, and the other. */
  async function findBusiest(): Promise<readonly [busiest: number, other: number]> {
    return eventually(async () => {
      const [first = 0, second = 0] = await Promise.all(urls.map(countServed));
      expect(first + second).toBe(observers.length);
      return first > second ? [0, 1] : [1, 0];
    }, waiting);
  }

  const readCursors = (url = '') =>
    Promise.all(observers.map(async (id) => (await readObserver(url, id)).cursor));

  it('serve each observer by one of them, without any event delivered twice', async () => {
    const load = startEventLoad(urls, system.run);
    await untilMoreAccepted(load, 200);
    const { accepted, refusals } = await load.stop();

    expect(refusals).toEqual([]);
    const log = await expectCompleteLog(urls[1] ?? '', accepted);
    for (const endpoint of endpoints) expect(await expectDelivered(endpoint, log)).toBe(0);
    await expectStreamed(system, log);
  });

  it('when one is killed, the other goes on with its observers at their cursors, and nothing is lost', async () => {
    const [victim, survivor] = await findBusiest();
    const url = urls[survivor] ?? '';
    const load = startEventLoad(urls, system.run);
    await untilMoreAccepted(load, 200);
    await eventually(async () => {
      for (const cursor of await readCursors(url)) expect(cursor).toBeGreaterThan(50);
    }, waiting);

    const cursors = await readCursors(url);
    await system.instances[victim]?.kill();
    await eventually(async () => {
      expect(await countServed(url)).toBe(observers.length);
    }, waiting);
    await system.instances[victim]?.start();
    await untilMoreAccepted(load, 100);
    const { accepted, refusals } = await load.stop();

    expect(refusals.filter((status) => status !== 503)).toEqual([]);
    const log = await expectCompleteLog(url, accepted);
    for (const [index, endpoint] of endpoints.entries()) {
      await expectDelivered(endpoint, log);
      const upToCursor = endpoint.deliveries.filter(({ position }) => position <= (cursors[index] ?? 0));
      expect(upToCursor).toHaveLength(cursors[index] ?? 0);
    }
    await expectStreamed(system, log);
  });
});
