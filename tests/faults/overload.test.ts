import { eventually } from '@fanfare/core/testing';
import { readBackendUrls } from '../support/backends';
import { expectNothingLostOrDoubled } from '../support/counts';
import { startLoad, type Load } from '../support/load';
import { createNetworkLink, type NetworkLink } from '../support/network';
import { startFaultSystem, type FaultSystem } from '../support/system';

/** How many orders may wait for the database; ten times as many clients send. */
const maxWaiting = 10;
const databaseDelayMs = 50;
/** How many orders are refused while memory is watched, after as many again that fill pools and caches. */
const refusals = Number(process.env['OVERLOAD_REFUSALS'] ?? 12_000);
const mebibyte = 2 ** 20;

interface Seen {
  /** The most memory that each process held. */
  readonly peakBytes: readonly number[];
  /** What each process said of its readiness, each once. */
  readonly readiness: readonly number[];
}

async function readMemory(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1]);
}

/** Looks at the processes until the load has had so many more orders refused. */
async function watch(urls: readonly string[], load: Load): Promise<Seen> {
  const goal = load.refusedSoFar() + refusals;
  const readiness = new Set<number>();
  let peakBytes = urls.map(() => 0);
  await eventually(
    async () => {
      const memory = await Promise.all(urls.map(readMemory));
      peakBytes = peakBytes.map((bytes, index) => Math.max(bytes, memory[index] ?? NaN));
      for (const url of urls) readiness.add((await fetch(`${url}/health/ready`)).status);
      expect(load.refusedSoFar()).toBeGreaterThanOrEqual(goal);
    },
    { timeoutMs: 600_000, everyMs: 200 },
  );
  return { peakBytes, readiness: [...readiness] };
}

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

    const before = await watch(urls, load);
    const after = await watch(urls, load);
    const { accepted, refusals: ways } = await load.stop();

    expect(ways).toEqual(['503, Retry-After: 1']);
    expect([before.readiness, after.readiness]).toEqual([[200], [200]]);
    const grownMebibytes = after.peakBytes.map(
      (bytes, index) => (bytes - (before.peakBytes[index] ?? 0)) / mebibyte,
    );
    // what 8 KiB left behind by each refused order would come to, which is more than a heap breathes by itself
    for (const grown of grownMebibytes) expect(grown).toBeLessThan((refusals * 8) / 1_024);
    expect(accepted).not.toEqual([]);
    await expectNothingLostOrDoubled(system, accepted);
  }, 900_000);
});
