import { eventually } from '@fanfare/core/testing';
import { killBackend, startBackend } from '../support/backends';
import { startEventLoad, untilMoreAccepted } from '../support/event-load';
import { expectCompleteLog, expectDelivered, expectStreamed } from '../support/event-store-counts';
import { startEventStoreSystem, type EventStoreSystem } from '../support/event-store-system';
import { observe, openObserverEndpoint, type ObserverEndpoint } from '../support/observer-endpoint';

describe('when a backend of the event store is killed while it is written to and delivers', () => {
  let system: EventStoreSystem;
  let url: string;
  let endpoint: ObserverEndpoint;

  beforeEach(async () => {
    system = await startEventStoreSystem();
    url = system.instances[0]?.url ?? '';
    endpoint = await openObserverEndpoint();
    await observe(url, 'observer', endpoint.url);
  });
  afterEach(async () => {
    await system.close();
    await endpoint.close();
  });

  it('Kafka: events are taken and delivered meanwhile, and both topics have them all when it is back', async () => {
    const load = startEventLoad([url], system.run);
    await untilMoreAccepted(load, 100);

    await killBackend('kafka');
    await untilMoreAccepted(load, 200);
    await startBackend('kafka');
    await untilMoreAccepted(load, 100);
    const { accepted, refusals } = await load.stop();

    expect(refusals).toEqual([]);
    const log = await expectCompleteLog(url, accepted);
    await expectDelivered(endpoint, log);
    await expectStreamed(system, log);
  });

  it('FerretDB: writers and readers get 503 meanwhile, and nothing is lost or doubled', async () => {
    const load = startEventLoad([url], system.run);
    await untilMoreAccepted(load, 100);

    await killBackend('ferretdb');
    await eventually(
      async () => {
        expect(load.refusedSoFar()).toBeGreaterThan(20);
        expect((await fetch(`${url}/api/v1/events`)).status).toBe(503);
        expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
          checks: { database: 'healthy', event_log: expect.stringMatching(/^unhealthy/) as string },
        });
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
    await startBackend('ferretdb');
    await untilMoreAccepted(load, 100);
    const { accepted, refusals } = await load.stop();

    expect(refusals).toEqual([503]);
    const log = await expectCompleteLog(url, accepted);
    await expectDelivered(endpoint, log);
    await expectStreamed(system, log);
  });

  it('MariaDB: events are taken all the same or refused with 503, and observers get what they missed', async () => {
    const load = startEventLoad([url], system.run);
    await untilMoreAccepted(load, 100);

    await killBackend('mariadb');
    await startBackend('mariadb');
    await untilMoreAccepted(load, 100);
    const { accepted, refusals } = await load.stop();

    expect(refusals.filter((status) => status !== 503)).toEqual([]);
    const log = await expectCompleteLog(url, accepted);
    await expectDelivered(endpoint, log);
    await expectStreamed(system, log);
  });
});
