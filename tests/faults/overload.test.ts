import { readBackendUrls } from '../support/backends';
import { expectNothingLostOrDoubled } from '../support/counts';
import { startLoad } from '../support/load';
import { createNetworkLink, type NetworkLink } from '../support/network';
import { startFaultSystem, type FaultSystem } from '../support/system';
import { expectSteady, watchProcesses } from '../support/watch-processes';

/** How many orders may wait for the database; ten times as many clients send. */
const maxWaiting = 10;
const databaseDelayMs = 50;
/** How many orders are refused while memory is watched, after as many again that fill pools and caches. */
const refusals = Number(process.env['OVERLOAD_REFUSALS'] ?? 12_000);

describe('ten times as many orders as may wait', () => {
  let system: FaultSystem;
  let link: NetworkLink;

  beforeAll(async () => {
    const urls = await readBackendUrls();
    link = await createNetworkLink(
      urls['TEST_TOXIPROXY_URL'] ?? '',
      new URL(urls['TEST_MYSQL_URL'] ?? '').host,
    );
    system = await startFaultSystem({
      settings: { MAX_WAITING_WRITES: String(maxWaiting) },
      orderDatabaseUrl: ({ databaseUrls }) =>
        Object.assign(new URL(databaseUrls.order), { host: link.address }).href,
    });
    // a database that answers late is what makes orders wait: else as many are accepted as the clients can send
    await link.delay(databaseDelayMs);
  });
  afterAll(async () => {
    await system.close();
    await link.remove();
  });

  it('are refused for a moment, while memory stays flat, and each that is accepted is kept', async () => {
    const urls = [...system.orders, ...system.analytics, ...system.notifications].map(({ url }) => url);
    const load = startLoad(urls.slice(0, 1), 10 * maxWaiting);

    const before = await watchProcesses(urls, load, refusals);
    const after = await watchProcesses(urls, load, refusals);
    const { accepted, refusals: ways } = await load.stop();

    expect(ways).toEqual(['503, Retry-After: 1']);
    expectSteady(before, after, refusals);
    expect(accepted).not.toEqual([]);
    await expectNothingLostOrDoubled(system, accepted);
  }, 900_000);
});
