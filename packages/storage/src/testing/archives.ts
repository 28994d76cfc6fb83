import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describeAdapter, type Adapter } from './adapters';

/** Where a suite gets its archives from. */
export interface ArchiveUnderTest {
  /** The URL of a new, empty archive. */
  createUrl(): Promise<string>;
  /** Removes every archive that `createUrl` has made. */
  removeAll(): Promise<void>;
}

/** Runs a suite on every archive there is: the real one, where TEST_MONGODB_URL names a server. */
export function describeOnEveryArchive(
  name: string,
  declareTests: (underTest: ArchiveUnderTest) => void,
): void {
  describe(name, () => {
    describeAdapter(mongodbAdapter(), declareTests);
  });
}

function mongodbAdapter(): Adapter<ArchiveUnderTest> {
  const url = process.env['TEST_MONGODB_URL'];
  const underTest = url ? mongodbArchives(url) : { missing: 'TEST_MONGODB_URL is not set' };
  return { name: 'MongoDB', underTest };
}

function mongodbArchives(serverUrl: string): ArchiveUnderTest {
  const names: string[] = [];
  return {
    createUrl() {
      const name = `fanfare_test_${randomUUID().replaceAll('-', '')}`;
      names.push(name);
      return Promise.resolve(Object.assign(new URL(serverUrl), { pathname: name }).href);
    },
    async removeAll() {
      const client = new MongoClient(serverUrl);
      for (const name of names.splice(0)) await client.db(name).dropDatabase();
      await client.close();
    },
  };
}
