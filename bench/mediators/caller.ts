import http from 'node:http';

/** Calls one service with JSON over connections that are kept. */
export interface Caller {
  /** Throws when the answer is no 2xx. */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>;
  close(): void;
}

export function createCaller(url: string): Caller {
  const agent = new http.Agent({ keepAlive: true });
  return {
    async call(method, path, body) {
      const { status, text } = await send(agent, method, `${url}${path}`, body);
      if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    },
    close() {
      agent.destroy();
    },
  };
}

function send(
  agent: http.Agent,
  method: string,
  url: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    request.on('error', reject).end(text);
  });
}

/** Does `work` again and again, `atOnce` side by side, and returns how often. */
export async function repeatFor(
  seconds: number,
  atOnce: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  let done = 0;
  const loop = async () => {
    for (; performance.now() < endMs; done += 1) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return done;
}

/** Does `work` so often, `atOnce` side by side. */
export async function repeat(
  times: number,
  atOnce: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const loop = async () => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
}
