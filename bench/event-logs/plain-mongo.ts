import type { CloudEvent } from '@fanfare/cloudevents';
import { MongoClient } from 'mongodb';
import type { BenchLog } from './bench-log';
import { newMongoDatabase } from './places';

interface EventDocument {
  readonly _id: string;
  readonly stream: string;
  readonly version: number;
  readonly recordedAt: Date;
  readonly event: CloudEvent;
}

const toKey = (position: number) => String(position).padStart(16, '0');

/**
 * The yardstick in MongoDB: a document per event, as durable as Fanfare's log asks for. The unique version within the
 * stream tells of a conflict. It must be the only writer, since it counts the positions in memory, and of an append that
 * fails a part may stay.
 */
export async function openPlainMongo(): Promise<BenchLog> {
  const place = await newMongoDatabase();
  const client = new MongoClient(place.url, { writeConcern: { w: 'majority', journal: true } });
  const events = client.db().collection<EventDocument>('events');
  await events.createIndex({ stream: 1, version: 1 }, { unique: true }, {});
  await events.createIndex({ 'event.id': 1 }, { unique: true }, {});
  let position = 0;
  return {
    async append(stream, expected, appended) {
      const recordedAt = new Date();
      const documents = appended.map((event, index) => {
        position += 1;
        return { _id: toKey(position), stream, version: expected + 1 + index, recordedAt, event };
      });
      await events.insertMany(documents, { ordered: true });
    },
    async readAll(batchSize) {
      let last = '';
      for await (const { _id } of events.find({}, { sort: { _id: 1 }, batchSize })) last = _id;
      return Number(last);
    },
    readStream: async (stream) => (await events.find({ stream }, { sort: { version: 1 } }).toArray()).length,
    async close() {
      await client.close();
      await place.remove();
    },
  };
}
