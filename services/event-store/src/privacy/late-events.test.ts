import { eventually } from '@fanfare/core/testing';
import { migrateForgotten } from '@fanfare/service-kit';
import { openDatabase, openEventLog, type Database, type EventLog } from '@fanfare/storage';
import { createLateEvents } from './late-events';

const erasedAt = new Date('2026-03-01T00:00:00.000Z');
const event = {
  specversion: '1.0',
  id: 'e-1',
  source: '/x',
  type: 'my.own',
  subject: 'u-1',
  data: 'private',
} as const;
const late = { ...event, time: '2026-02-01T00:00:00.000Z' };

const appendOf = (each: typeof event) =>
  ({ appends: [{ stream: null, expected: 'any', events: [each] }] }) as const;

describe('an event of a subject that is erased', () => {
  let database: Database;
  let log: EventLog;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateForgotten(database);
    log = await openEventLog('sqlite::memory:');
  });
  afterEach(async () => {
    await log.close();
    await database.close();
  });

  it('is erased also when its subject is while it is appended, and the database is away afterwards', async () => {
    const { remember } = createLateEvents(database);
    let looks = 0;
    const { eraseIn } = createLateEvents({
      transact(work) {
        looks += 1;
        return looks > 1 ? Promise.reject(new Error('away')) : database.transact(work);
      },
    });
    let isErased = false;
    let erasing: Promise<void> | undefined;
    const slow = eraseIn({
      ...log,
      async append(request) {
        erasing = remember('u-1', erasedAt).then(async () => {
          await log.erase({ subject: 'u-1' });
          isErased = true;
        });
        await eventually(() => {
          expect(isErased || database.poolState().waiting > 0).toBe(true);
        });
        return log.append(request);
      },
    });

    await slow.append(appendOf(late)).catch(() => undefined);
    await erasing;

    expect(await log.findEvent('e-1')).toMatchObject({ isErased: true });
  });

  it.each([
    { what: 'stays when it happened later', time: '2026-03-01T00:00:00.001Z', isErased: false },
    { what: 'has no data when it happened by then', time: erasedAt.toISOString(), isErased: true },
    { what: 'stays when it does not say when it happened', time: undefined, isErased: false },
  ])('$what', async ({ time, isErased }) => {
    const { remember, eraseIn } = createLateEvents(database);
    await remember('u-1', erasedAt);

    await eraseIn(log).append(appendOf({ ...event, ...(time !== undefined && { time }) }));

    expect(await log.findEvent('e-1')).toMatchObject({ isErased });
  });
});
