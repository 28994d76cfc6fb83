import { readBackendUrls } from '../support/backends';
import { startEventLoad } from '../support/event-load';
import { expectCompleteLog } from '../support/event-store-counts';
import { startEventStoreSystem, type EventStoreSystem } from '../support/event-store-system';
import { createNetworkLink, type NetworkLink } from '../support/network';
import { expectSteady, watchProcesses } from '../support/watch-processes';

/** How many events may wait for the log; ten times as many writers send. */
const maxWaiting = 10;
const logDelayMs = 50;
/** How many events are refused while memory is watched, after as many again that fill pools and caches. */
const refusals = Number(process.env['OVERLOAD_REFUSALS'] ?? 12_000);

describe('ten times as many events as may wait', () => {
  let system: EventStoreSystem;
  let link: NetworkLink;

  beforeAll(async () => {
    const urls = await readBackendUrls();
    link = await createNetworkLink(
      urls['TEST_TOXIPROXY_URL'] ?? '',
      new URL(urls['TEST_MONGODB_URL'] ?? '').host,
    );
    system = await startEventStoreSystem({
      logAddress: link.address,
      settings: { MAX_WAITING_WRITES: String(maxWaiting) },
    });
    // a log that answers late is what makes events wait: else as many are taken as the writers can send
    await link.delay(logDelayMs);
  });
  afterAll(async () => {
    await system.close();
    await link.remove();
  });

  it('are refused for a moment, while memory stays flat, and each that is accepted is kept', async () => {
    const urls = system.instances.map(({ url }) => url);
    const load = startEventLoad(urls, system.run, 10 * maxWaiting);

    const before = await watchProcesses(urls, load, refusals);
    const after = await watchProcesses(urls, load, refusals);
    const { accepted, refusals: statuses } = await load.stop();

    expect(statuses).toEqual([503]);
    expectSteady(before, after, refusals);
    await expectCompleteLog(urls[0] ?? '', accepted);
  }, 900_000);
});
