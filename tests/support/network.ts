import { randomUUID } from 'node:crypto';

/** A network link that can be cut and mended, through Toxiproxy's HTTP API. */
export interface NetworkLink {
  /** Where clients connect, `127.0.0.1:41234`. */
  readonly address: string;
  cut(): Promise<void>;
  /** Lets every answer arrive `ms` milliseconds later, as if the server were slow or far away. */
  delay(ms: number): Promise<void>;
  mend(): Promise<void>;
  remove(): Promise<void>;
}

/** Lays a link to `upstream`. */
export async function createNetworkLink(toxiproxyUrl: string, upstream: string): Promise<NetworkLink> {
  const name = `faults-${randomUUID().slice(0, 8)}`;

  async function call(method: string, route: string, body?: object): Promise<{ listen?: string }> {
    const response = await fetch(new URL(route, toxiproxyUrl), {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`toxiproxy ${method} ${route} answered ${response.status}`);
    return response.status === 204 ? {} : ((await response.json()) as { listen?: string });
  }

  async function addToxic(toxic: object): Promise<void> {
    await call('POST', `/proxies/${name}/toxics`, toxic);
  }

  const { listen } = await call('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream, enabled: true });
  if (!listen) throw new Error('toxiproxy gave no address');
  return {
    address: listen,
    // packets vanish without a word, as when a cable is pulled: no reset tells either side
    async cut() {
      for (const stream of ['upstream', 'downstream']) {
        await addToxic({ name: stream, type: 'timeout', stream, attributes: { timeout: 0 } });
      }
    },
    delay: (ms) =>
      addToxic({ name: 'delay', type: 'latency', stream: 'downstream', attributes: { latency: ms } }),
    async mend() {
      for (const stream of ['upstream', 'downstream'])
        await call('DELETE', `/proxies/${name}/toxics/${stream}`);
    },
    async remove() {
      await call('DELETE', `/proxies/${name}`);
    },
  };
}
