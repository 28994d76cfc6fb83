import { randomUUID } from 'node:crypto';
import { MongoClient, type Collection } from 'mongodb';
import { toKey, type CommitDocument, type EventDocument } from '../../adapters/mongodb/documents';
import type { EventLogUnderTest, Tampering } from './under-test';

/** Event logs in databases of their own on a server. */
export function mongodbLogs(serverUrl: string): EventLogUnderTest {
  const names: string[] = [];

  async function onServer<T>(work: (client: MongoClient) => Promise<T>): Promise<T> {
    const client = new MongoClient(serverUrl);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  return {
    createUrl() {
      const name = `fanfare_test_${randomUUID().replaceAll('-', '')}`;
      names.push(name);
      const url = new URL(serverUrl);
      url.pathname = name;
      return Promise.resolve(url.href);
    },
    tamper: (url, change) =>
      onServer(async (client) => {
        const database = client.db(new URL(url).pathname.slice(1));
        await change(tamperingOf(database.collection('log_commits')));
      }),
    hasFiles: { missing: 'the files are the server’s' },
    readFiles: () => Promise.reject(new Error('the files are the server’s')),
    readStored: (url) =>
      onServer(async (client) => {
        const collections = await client.db(new URL(url).pathname.slice(1)).collections();
        const documents = await Promise.all(collections.map((collection) => collection.find().toArray()));
        return Buffer.from(JSON.stringify(documents));
      }),
    removeAll: () =>
      onServer(async (client) => {
        for (const name of names.splice(0)) await client.db(name).dropDatabase();
      }),
  };
}

function tamperingOf(commits: Collection<CommitDocument>): Tampering {
  async function findCommit(position: number): Promise<CommitDocument> {
    const commit = await commits.findOne({ 'events.position': position });
    if (!commit) throw new Error(`there is no event at ${position}`);
    return commit;
  }

  async function changeEvent(position: number, change: (event: EventDocument) => EventDocument) {
    const { _id, events } = await findCommit(position);
    const changed = events.map((event) => (event.position === position ? change(event) : event));
    await commits.updateOne({ _id }, { $set: { events: changed } });
  }

  return {
    changeData: (position, data = '{"forged":true}') =>
      changeEvent(position, (event) => ({ ...event, data })),
    removeData: (position) => changeEvent(position, (event) => ({ ...event, data: null, salt: null })),
    changeAttributes: (position) =>
      changeEvent(position, (event) => ({
        ...event,
        attributes: { ...event.attributes, subject: 'forged' },
      })),
    async deleteCommit(position) {
      await commits.deleteOne({ _id: toKey(position) });
    },
    async insertCopy(position) {
      const { recordedAt, events, cursors, previousHash, hash } = await findCommit(position);
      const [last] = await commits.find({}, { sort: { _id: -1 }, limit: 1 }).toArray();
      const end = (last?.events.at(-1)?.position ?? 0) + 1;
      const copies = events.map((event, index) => ({
        ...event,
        position: end + index,
        attributes: { ...event.attributes, id: `forged-${index}` },
      }));
      await commits.insertOne({
        _id: toKey(end),
        recordedAt,
        events: copies,
        cursors,
        previousHash,
        hash,
      });
    },
    async swapEvents(one, other) {
      const find = async (position: number) =>
        (await findCommit(position)).events.find((event) => event.position === position);
      const [first, second] = [await find(one), await find(other)];
      if (!first || !second) throw new Error('there is nothing to swap');
      // an id stands once in the log, so one of the two steps aside meanwhile
      await changeEvent(one, (event) => ({ ...event, attributes: { ...event.attributes, id: 'aside' } }));
      await changeEvent(other, () => ({ ...first, position: other }));
      await changeEvent(one, () => ({ ...second, position: one }));
    },
    async redateCommit(position) {
      const { _id, recordedAt } = await findCommit(position);
      await commits.updateOne({ _id }, { $set: { recordedAt: new Date(recordedAt.getTime() - 3_600_000) } });
    },
  };
}
