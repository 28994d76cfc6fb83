import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';

/** A place of its own for a log. */
export interface Place {
  readonly url: string;
  remove(): Promise<void>;
}

export async function newFile(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fanfare-bench-'));
  return { url: `sqlite:${path.join(folder, 'log.db')}`, remove: () => rm(folder, { recursive: true }) };
}

/** Makes databases on the server that the backends have started. */
export function newMongoDatabase(): Promise<Place> {
  const server = process.env['TEST_MONGODB_URL'];
  if (!server) throw new Error('TEST_MONGODB_URL is missing: run make bench');
  const name = `fanfare_bench_${randomUUID().replaceAll('-', '')}`;
  const { href: url } = Object.assign(new URL(server), { pathname: name });
  return Promise.resolve({
    url,
    async remove() {
      const client = new MongoClient(url);
      await client.db(name).dropDatabase();
      await client.close();
    },
  });
}
