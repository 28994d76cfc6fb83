import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { prepareDatabase, systemClock } from '../testing/messaging-fixture';
import { createParkedStore, type ParkedRow } from './parked-store';

const place = { group: 'group', topic: 'orders' };
const row: ParkedRow = {
  id: 'p-1',
  group_name: 'group',
  topic: 'orders',
  part: 0,
  ordinal: 1,
  sequence: 1,
  event_id: null,
  event_type: null,
  event_key: null,
  body: Buffer.from('?'),
  content_type: 'text/plain',
  state: 'parked',
  attempts: 1,
  next_attempt_at: null,
  reason: 'not JSON',
  failed_at: 0,
};
const endless = { reason: 'no '.repeat(50_000), content_type: 'text/plain;'.repeat(50) };
const cutReason = `${'no '.repeat(1_333)}n …`;

describeOnEveryDatabase('a parked event', (openDatabase) => {
  async function open() {
    const database = await openDatabase();
    await prepareDatabase(database);
    const parked = createParkedStore({
      ...place,
      database,
      clock: systemClock,
      onDeadLetter: 'skip',
      onRedrive: () => undefined,
    });
    return { database, parked };
  }

  it('is kept with the beginning of a reason or content type that is too long for its column', async () => {
    const { database, parked } = await open();

    await database.transact((tx) => parked.insert(tx, [{ ...row, ...endless }]));
    await parked.insertNew([{ ...row, ...endless, id: 'p-2' }]);

    const contentType = endless.content_type.slice(0, 256);
    expect(await parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { contentType, reason: cutReason },
      { contentType, reason: cutReason },
    ]);
  });

  it('has the beginning of why its last attempt failed', async () => {
    const { database, parked } = await open();
    await database.transact((tx) => parked.insert(tx, [row]));
    const [event] = await parked.due(1);
    const failure = { attempts: 2, nextAttemptAt: null, reason: endless.reason };

    expect(event && (await parked.noteFailure(event, failure))).toBe(true);

    expect(await parked.find('p-1')).toMatchObject({ reason: cutReason });
  });

  it('is not due, nor the next to be, while an earlier one of its key waits for a later time', async () => {
    const { database, parked } = await open();
    const keyed: ParkedRow = { ...row, event_key: 'o-1' };
    const later = systemClock.now().getTime() + 60_000;
    await database.transact((tx) =>
      parked.insert(tx, [
        { ...keyed, id: 'redriven', ordinal: 1, next_attempt_at: later },
        { ...keyed, id: 'behind', ordinal: 7, next_attempt_at: 1 },
        { ...keyed, id: 'untried', ordinal: 8 },
      ]),
    );

    expect(await parked.due(10)).toEqual([]);
    expect(await parked.nextDueAt()).toEqual(new Date(later));
  });
});
