import { createHash } from 'node:crypto';
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

  it('is a dead letter with its beginning, its size and a hash when it is larger than a database takes', async () => {
    const { database, parked } = await open();
    const event = Buffer.alloc(9_000_000, 'event ');
    const waiting = { ...row, body: event, event_key: 'o-1', next_attempt_at: 1, reason: 'not yet' };

    await database.transact((tx) => parked.insert(tx, [waiting, { ...row, id: 'behind' }]));
    await parked.insertNew([{ ...waiting, id: 'p-2' }]);

    const hash = createHash('sha256').update(event).digest('hex');
    const kept = `only the first 4194304 of its 9000000 bytes are kept (SHA-256 of all: ${hash}): not yet`;
    for (const id of ['p-1', 'p-2']) {
      const letter = await parked.find(id);
      expect(letter).toMatchObject({ state: 'dead', nextAttemptAt: null, reason: kept });
      expect(letter?.body.equals(event.subarray(0, 4_194_304))).toBe(true);
    }
    expect(await parked.find('behind')).toMatchObject({ state: 'parked', body: row.body });
  });

  it('is kept as a whole up to 4 MiB', async () => {
    const { database, parked } = await open();
    const body = Buffer.alloc(4_194_304, 'event ');

    await database.transact((tx) => parked.insert(tx, [{ ...row, body }]));

    const letter = await parked.find('p-1');
    expect([letter?.body.equals(body), letter?.state, letter?.reason]).toEqual([true, 'parked', row.reason]);
  });

  it('is listed without what it holds', async () => {
    const { database, parked } = await open();
    await database.transact((tx) => parked.insert(tx, [row]));

    const [listed] = await parked.list({ limit: 1, offset: 0 });
    const whole = await parked.find('p-1');

    expect(listed).not.toHaveProperty('body');
    expect({ ...listed, body: row.body }).toEqual(whole);
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
