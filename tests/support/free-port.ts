import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to connections (32768 to 60999), so that none of them has the port of a service while that is
 * down, and beside those of the native backends.
 */
const first = 20_000;
const end = 25_600;

const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isOurs = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(true);
    });
  });
  if (isOurs) await new Promise((resolve) => server.close(resolve));
  return isOurs;
}

/** A port of this machine on which nothing listens now; each only once. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
