import { describeAdapter, type Adapter } from './adapters';

/** A real server and the Toxiproxy that stands between it and the tests. */
export interface ServerBehindProxy {
  readonly serverUrl: string;
  readonly toxiproxyUrl: string;
}

/** Declares tests that need a server that can be cut off; skipped, saying why, where there is none. */
export function describeOutages(
  name: string,
  variable: string,
  declareTests: (server: ServerBehindProxy) => void,
): void {
  const serverUrl = process.env[variable];
  const toxiproxyUrl = process.env['TEST_TOXIPROXY_URL'];
  const adapter: Adapter<ServerBehindProxy> = {
    name,
    underTest:
      serverUrl && toxiproxyUrl
        ? { serverUrl, toxiproxyUrl }
        : { missing: `${variable} or TEST_TOXIPROXY_URL is not set` },
  };
  describe(`${name} away and back`, () => {
    describeAdapter(adapter, declareTests);
  });
}

/** What became of a call, and how long it took. */
export async function timed(call: () => Promise<unknown>): Promise<{ code: unknown; ms: number }> {
  const startMs = performance.now();
  const code = await call().then(
    () => 'ok',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
  return { code, ms: performance.now() - startMs };
}
