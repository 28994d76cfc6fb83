import { eventually } from '@fanfare/core/testing';
import { startEventLoad, untilMoreAccepted } from '../support/event-load';
import { expectCompleteLog, expectDelivered, expectStreamed } from '../support/event-store-counts';
import { startEventStoreSystem, type EventStoreSystem } from '../support/event-store-system';
import { findFreePort } from '../support/free-port';
import {
  observe,
  openObserverEndpoint,
  readObserver,
  type ObserverEndpoint,
} from '../support/observer-endpoint';

describe('when the event store is killed while it is written to and delivers', () => {
  let system: EventStoreSystem;
  let healthy: ObserverEndpoint;
  let slow: ObserverEndpoint;
  let failing: ObserverEndpoint;

  beforeAll(async () => {
    system = await startEventStoreSystem();
    healthy = await openObserverEndpoint();
    slow = await openObserverEndpoint({ waitFor: () => new Promise((resolve) => setTimeout(resolve, 50)) });
    failing = await openObserverEndpoint({
      refuses: (position, attempt) => position % 25 === 0 && attempt < 3,
    });
  });
  afterAll(async () => {
    await system.close();
    for (const endpoint of [healthy, slow, failing]) await endpoint.close();
  });

  it('the log is whole, observers and Kafka get every event in order, and one that was dead gets them when it lives', async () => {
    const [store] = system.instances;
    const url = store?.url ?? '';
    const port = await findFreePort();
    await observe(url, 'healthy', healthy.url);
    await observe(url, 'slow', slow.url);
    await observe(url, 'failing', failing.url);
    await observe(url, 'dead', `http://127.0.0.1:${port}/`);
    const load = startEventLoad([url], system.run);

    for (let kill = 0; kill < 3; kill += 1) {
      await untilMoreAccepted(load, 100);
      await store?.kill();
      await store?.start();
      await store?.untilReady();
    }
    await untilMoreAccepted(load, 100);
    const { accepted, refusals } = await load.stop();

    expect(refusals.filter((status) => status !== 503)).toEqual([]);
    const log = await expectCompleteLog(url, accepted);
    for (const endpoint of [healthy, slow, failing]) await expectDelivered(endpoint, log);
    await expectStreamed(system, log);
    expect(failing.refusedSoFar()).toBeGreaterThan(0);
    await eventually(async () => {
      expect(await readObserver(url, 'dead')).toMatchObject({
        blocked_reason: 'breaker_open',
        dead_letters: 0,
      });
    });

    const alive = await openObserverEndpoint({ port });
    await expectDelivered(alive, log);
    await alive.close();
  });
});
