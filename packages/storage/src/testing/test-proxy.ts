import { randomUUID } from 'node:crypto';

/** A way to a server that a test can cut, between the client and the real thing. */
export interface TestProxy {
  /** The server's URL, through the proxy. */
  readonly url: string;
  /** Drops every connection and refuses new ones, as when the server is down. */
  cut(): Promise<void>;
  /** Takes connections and data and lets nothing come back, as when the server is frozen. */
  freeze(): Promise<void>;
  /** Lets everything through again. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

/** Makes a proxy of its own on a Toxiproxy server, so that it disturbs no other test. */
export async function createTestProxy(toxiproxyUrl: string, serverUrl: string): Promise<TestProxy> {
  const name = `test-${randomUUID()}`;
  const call = createCall(toxiproxyUrl);
  const url = new URL(serverUrl);

  const { listen } = (await call('POST', '/proxies', {
    name,
    listen: '127.0.0.1:0',
    upstream: url.host,
    enabled: true,
  })) as { listen: string };
  url.host = listen;

  return {
    url: url.href,
    ...faultsOf(name, call),
    remove: async () => {
      await call('DELETE', `/proxies/${name}`);
    },
  };
}

/**
 * Takes the standing proxy at `proxyUrl`, for a server that tells its clients that address: whoever else uses it is
 * disturbed. `remove` only lets everything through again.
 */
export async function takeTestProxy(toxiproxyUrl: string, proxyUrl: string): Promise<TestProxy> {
  const call = createCall(toxiproxyUrl);
  const proxies = (await call('GET', '/proxies')) as Readonly<Record<string, { readonly listen: string }>>;
  const [name] = Object.entries(proxies).find(([, { listen }]) => listen === new URL(proxyUrl).host) ?? [];
  if (name === undefined) throw new Error(`toxiproxy has no proxy at ${proxyUrl}`);
  const faults = faultsOf(name, call);
  await faults.restore();
  return { url: proxyUrl, ...faults, remove: faults.restore };
}

function faultsOf(name: string, call: Call) {
  return {
    cut: async () => {
      await call('POST', `/proxies/${name}`, { enabled: false });
    },
    freeze: async () => {
      await call('POST', `/proxies/${name}/toxics`, {
        name: 'frozen',
        type: 'timeout',
        stream: 'downstream',
        attributes: { timeout: 0 },
      });
    },
    restore: async () => {
      await call('POST', `/proxies/${name}`, { enabled: true });
      const toxics = (await call('GET', `/proxies/${name}/toxics`)) as readonly { name: string }[];
      for (const toxic of toxics) await call('DELETE', `/proxies/${name}/toxics/${toxic.name}`);
    },
  };
}

function createCall(toxiproxyUrl: string): Call {
  return async function call(method, path, body) {
    const response = await fetch(`${toxiproxyUrl}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy refused ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
}
