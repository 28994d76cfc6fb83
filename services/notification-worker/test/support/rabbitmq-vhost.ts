import { randomUUID } from 'node:crypto';

/** A part of the broker that belongs to one test alone: its exchanges and queues meet nobody else's. */
export interface Vhost extends AsyncDisposable {
  /** The URL of the broker, with this part. */
  readonly url: string;
}

export async function createVhost(brokerUrl: string, managementUrl: string): Promise<Vhost> {
  const name = `test-${randomUUID()}`;
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

  async function call(method: string, path: string, body?: object): Promise<void> {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${origin}/api/${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`the broker answered ${response.status} to ${method} ${path}`);
  }

  await call('PUT', `vhosts/${name}`);
  await call('PUT', `permissions/${name}/${username}`, { configure: '.*', write: '.*', read: '.*' });
  const url = new URL(brokerUrl);
  url.pathname = name;
  return { url: url.href, [Symbol.asyncDispose]: () => call('DELETE', `vhosts/${name}`) };
}
