import type { Service } from '../hosting/service';

/** A service that has nothing and wants nothing, but for the given parts. */
export function serviceWith(parts: Partial<Service> = {}): Service {
  return {
    name: 'sample-service',
    listen: { host: '127.0.0.1', port: 0 },
    routes: [],
    prepare: async () => undefined,
    topicLogs: [],
    consumers: [],
    workers: [],
    checks: { database: { ping: async () => undefined } },
    ...parts,
  };
}
