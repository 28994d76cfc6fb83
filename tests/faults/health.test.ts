import { eventually } from '@fanfare/core/testing';
import { startBackend, type BackendName } from '../support/backends';
import { expectNothingLostOrDoubled } from '../support/counts';
import { killSettled } from '../support/kill-settled';
import { startLoad } from '../support/load';
import { startFaultSystem, type FaultSystem } from '../support/system';

interface Health {
  readonly status: number;
  readonly checks: Readonly<Record<string, string>>;
}

const waiting = { timeoutMs: 60_000, everyMs: 100 };
const backends = ['mariadb', 'redis', 'rabbitmq'] as const;

async function readHealth(url: string): Promise<Health> {
  const response = await fetch(`${url}/health`);
  const { checks } = (await response.json()) as Health;
  return { status: response.status, checks };
}

const statusOf = async (url: string) => (await fetch(url)).status;

const processesOf = (system: FaultSystem) => [...system.orders, ...system.analytics, ...system.notifications];

describe('each service', () => {
  let system: FaultSystem;

  beforeAll(async () => {
    system = await startFaultSystem();
  });
  afterAll(() => system.close());

  it.each<[BackendName, string, number]>([
    ['mariadb', 'database', 503],
    ['redis', 'cache', 200],
    ['rabbitmq', 'mq', 200],
  ])(
    'says that %s is away, which it calls its %s, and is healthy again without a restart when it is back',
    async (backend, check, readyStatus) => {
      const users = [];
      for (const { url } of processesOf(system)) if (check in (await readHealth(url)).checks) users.push(url);
      expect(users.length).toBeGreaterThanOrEqual(2);

      await killSettled(backend);
      for (const url of users) {
        await eventually(async () => {
          const { status, checks } = await readHealth(url);
          expect([status, checks[check]]).toEqual([503, expect.stringMatching(/^unhealthy: /)]);
          const others = Object.entries(checks).filter(([name]) => name !== check);
          expect(others.filter(([, state]) => state !== 'healthy')).toEqual([]);
          expect(await statusOf(`${url}/health/ready`)).toBe(readyStatus);
        }, waiting);
      }
      await startBackend(backend);

      for (const url of users) {
        await eventually(async () => {
          expect(await readHealth(url)).toMatchObject({ status: 200, checks: { [check]: 'healthy' } });
        }, waiting);
      }
    },
  );

  it('may start before every backend, says that it lives and is not ready, and works when they come', async () => {
    const processes = processesOf(system);
    for (const process of processes) await process.stop();
    for (const backend of backends) await killSettled(backend);

    for (const process of processes) await process.start();
    for (const { url } of processes) {
      await eventually(async () => {
        expect(await statusOf(`${url}/health/live`)).toBe(200);
      }, waiting);
      expect(await statusOf(`${url}/health/ready`)).toBe(503);
    }
    for (const backend of backends) await startBackend(backend);
    for (const process of processes) await process.untilReady();

    const load = startLoad(system.orders.map(({ url }) => url));
    await eventually(() => {
      expect(load.acceptedSoFar()).toBeGreaterThan(50);
    }, waiting);
    const { accepted } = await load.stop();
    await expectNothingLostOrDoubled(system, accepted);
  });
});
