import type { TestResponse } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from '../host-mediator';

export interface LeaseJson {
  readonly id: string;
  readonly colleague_id: string;
  readonly amount: number;
  readonly token: number;
  readonly status: string;
}

export const pool = '/mediators/pools/resources/pool';

/** A mediator `pools` of kind resource with the colleagues `ann` and `ben`, on two instances that share a database. */
export interface HostedPools {
  readonly instances: readonly [MediatorForTest, MediatorForTest];
  /** Creates the resource `pool`, or another. */
  readonly create: (settings: object) => Promise<TestResponse>;
  /** Asks for a lease, for `ann` unless the body says otherwise. */
  readonly lease: (body: object, instance?: number) => Promise<TestResponse>;
  /** A lease that is granted. */
  readonly held: (body: object) => Promise<LeaseJson>;
  readonly read: () => Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<unknown>;
}

export async function hostPools(databaseUrl: string): Promise<HostedPools> {
  const env = { DATABASE_URL: databaseUrl };
  const instances = await Promise.all([hostMediator(env), hostMediator(env)]);
  await instances[0].begin({ name: 'pools', kind: 'resource' }, 'ann', 'ben');
  const lease: HostedPools['lease'] = (body, instance = 0) =>
    (instances[instance] ?? instances[0]).post(`${pool}/leases`, { colleague_id: 'ann', ...body });
  return {
    instances,
    lease,
    create: (settings) =>
      instances[0].post('/mediators/pools/resources', { name: 'pool', capacity: 10, ...settings }),
    async held(body) {
      const answer = await lease(body);
      expect(answer).toMatchObject({ status: 201 });
      return answer.body as LeaseJson;
    },
    read: async () => (await instances[0].get(pool)).body as Readonly<Record<string, unknown>>,
    stop: () => Promise.all(instances.map((instance) => instance.stop())),
  };
}
