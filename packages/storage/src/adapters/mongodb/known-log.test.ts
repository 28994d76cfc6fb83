import { createVirtualClock } from '@fanfare/core';
import { createEventLog } from '../../event-log/create-event-log';
import { describeAdapter } from '../../testing/adapters';
import { eventLogAdapters } from '../../testing/event-log/adapters';
import { sampleEvent, toStream } from '../../testing/event-log/samples';
import { createKnownLog } from './known-log';
import { openLogDatabase, type LogDatabase } from './log-database';
import { openMongoCommitStore } from './open';

const adapter = eventLogAdapters().find(({ name }) => name === 'MongoDB');
const clock = createVirtualClock();

describe('what is remembered of a log in MongoDB', () => {
  if (!adapter) throw new Error('there is no such adapter');
  describeAdapter(adapter, ({ createUrl, removeAll }) => {
    let database: LogDatabase;
    let log: ReturnType<typeof createEventLog>;

    beforeEach(async () => {
      const url = await createUrl();
      database = await openLogDatabase(url, clock);
      log = createEventLog({ store: await openMongoCommitStore(url, clock), clock });
    });

    afterEach(async () => {
      await Promise.all([log.close(), database.close()]);
      await removeAll();
    });

    const record = (id: string, cursor: number) =>
      log.append({
        appends: [{ stream: null, expected: 'any', events: [sampleEvent(id)] }],
        cursors: { orders: cursor },
      });

    it('is how high others have moved each cursor, without asking for it', async () => {
      const known = createKnownLog(database.collections, 1_000);
      await record('e-1', 3);
      const { tail } = await known.look();
      expect([known.height('orders', tail.position), known.height('mediator', tail.position)]).toEqual([
        3, 0,
      ]);

      await record('e-2', 7);
      expect(known.height('orders', 2)).toBeUndefined();
      await known.look();
      expect(known.height('orders', 2)).toBe(7);
    });

    it('is of a log that is too long only what came since, and what the server said', async () => {
      await record('e-1', 3);
      await log.append(toStream('a', 'none', ['e-2']));
      const known = createKnownLog(database.collections, 1);
      await known.look();
      expect(known.height('orders', 2)).toBeUndefined();

      known.rememberHeight('orders', 3);
      await record('e-3', 8);
      await known.look();
      expect(known.height('orders', 3)).toBe(8);
      expect(known.height('mediator', 3)).toBeUndefined();
    });
  });
});
