import { readBackendUrls, startBackend, wipeBackend } from '../support/backends';
import { untilBusCarries } from '../support/bus-flow';
import { expectNothingLostOrDoubled } from '../support/counts';
import { killSettled } from '../support/kill-settled';
import { startLoad, untilAccepted } from '../support/load';
import { createNetworkLink } from '../support/network';
import { startFaultSystem, type FaultSystem } from '../support/system';

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('when a backend is killed under load', () => {
  let system: FaultSystem;

  beforeAll(async () => {
    system = await startFaultSystem();
  });
  afterAll(() => system.close());

  it.each(['rabbitmq', 'mariadb', 'redis'] as const)('no order is lost or doubled: %s', async (backend) => {
    const load = startLoad(system.orders.map(({ url }) => url));
    await untilAccepted(load, 200);

    await killSettled(backend);
    await startBackend(backend);
    await untilAccepted(load, load.acceptedSoFar() + 200);
    const { accepted } = await load.stop();

    await expectNothingLostOrDoubled(system, accepted);
    await untilBusCarries(system);
  });

  it('no order is lost or doubled: rabbitmq, restarted five times', async () => {
    const load = startLoad(system.orders.map(({ url }) => url));
    await untilAccepted(load, 100);

    for (let restart = 0; restart < 5; restart += 1) {
      await killSettled('rabbitmq');
      await startBackend('rabbitmq');
      await untilAccepted(load, load.acceptedSoFar() + 100);
    }
    const { accepted } = await load.stop();

    await expectNothingLostOrDoubled(system, accepted);
    await untilBusCarries(system);
  });

  it('orders are accepted and read while the broker and the cache are away', async () => {
    await killSettled('rabbitmq');
    await killSettled('redis');
    const load = startLoad(system.orders.map(({ url }) => url));
    await untilAccepted(load, 200);
    const { accepted, refused } = await load.stop();
    const health = await fetch(`${system.orders[0]?.url ?? ''}/health`);
    const read = await fetch(`${system.orders[0]?.url ?? ''}/orders/${accepted[0] ?? ''}`);

    await startBackend('redis');
    await startBackend('rabbitmq');

    expect(refused).toBe(0);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: 'degraded', checks: { database: 'healthy' } });
    expect(read.status).toBe(200);
    await expectNothingLostOrDoubled(system, accepted);
    await untilBusCarries(system);
  });

  it('the broker may lose everything it holds', async () => {
    const load = startLoad(system.orders.map(({ url }) => url));
    await untilAccepted(load, 200);

    await wipeBackend('rabbitmq');
    await untilAccepted(load, load.acceptedSoFar() + 200);
    await startBackend('rabbitmq');
    await system.backends.prepareBroker();
    await untilAccepted(load, load.acceptedSoFar() + 200);
    const { accepted } = await load.stop();

    await expectNothingLostOrDoubled(system, accepted);
    await untilBusCarries(system);
  });
});

describe('when the network to the broker is cut', () => {
  it('orders are accepted meanwhile, and all arrive when it is mended', async () => {
    const urls = await readBackendUrls();
    const link = await createNetworkLink(
      urls['TEST_TOXIPROXY_URL'] ?? '',
      new URL(urls['TEST_RABBITMQ_URL'] ?? '').host,
    );
    const system = await startFaultSystem({ busUrl: ({ busUrlVia }) => busUrlVia(link.address) });
    const load = startLoad(system.orders.map(({ url }) => url));
    await untilAccepted(load, 200);

    await link.cut();
    const atCut = load.acceptedSoFar();
    await pass(10_000);
    expect(load.acceptedSoFar()).toBeGreaterThan(atCut + 200);
    await link.mend();
    await untilAccepted(load, load.acceptedSoFar() + 200);
    const { accepted } = await load.stop();

    await expectNothingLostOrDoubled(system, accepted);
    await untilBusCarries(system);
    await system.close();
    await link.remove();
  });
});
