import { openEventLog } from '@fanfare/storage';
import type { BenchLog } from './bench-log';
import type { Place } from './places';

/** The event log of this repository. */
export async function openFanfareLog(newPlace: () => Promise<Place>): Promise<BenchLog> {
  const place = await newPlace();
  const log = await openEventLog(place.url);
  return {
    async append(streamId, expected, events) {
      const stream = { id: streamId, type: 'order' };
      await log.append({ appends: [{ stream, expected: expected < 0 ? 'none' : expected, events }] });
    },
    async readAll(limit) {
      let count = 0;
      for (let position: number | null = 0; position !== null;) {
        const page = await log.read({ position, limit });
        count += page.events.length;
        position = page.nextPosition;
      }
      return count;
    },
    readStream: async (streamId) => (await log.readStream(streamId)).length,
    async close() {
      await log.close();
      await place.remove();
    },
  };
}
