import { cloudEventSchema, orderCreated, partitionKeyOf } from './index';
import { sampleOf } from './testing';

const minimal = { specversion: '1.0', id: 'e-1', source: '/a', type: 't', data: null };

describe('the envelope', () => {
  it('keeps extension attributes that it does not know', () => {
    const extended = { ...minimal, comvendor: 'x', sequence: 7 };

    expect(cloudEventSchema.parse(extended)).toEqual(extended);
  });

  it.each([
    ['without an id', { ...minimal, id: undefined }],
    ['with an empty id', { ...minimal, id: '' }],
    ['with a number as its id', { ...minimal, id: 7 }],
    ['without a source', { ...minimal, source: undefined }],
    ['of an unknown version', { ...minimal, specversion: '2.0' }],
    ['with a time to the minute', { ...minimal, time: '2018-04-05T18:31Z' }],
    ['with a time that is none', { ...minimal, time: 'lunchtime' }],
    ['that is a list', [minimal]],
    ['that is null', null],
  ])('refuses an event %s', (_what, event) => {
    expect(cloudEventSchema.safeParse(event).success).toBe(false);
  });

  it.each(['source', 'type', 'subject', 'partitionkey', 'correlationid', 'causationid'])(
    'takes a %s that fits into a column of 255 characters, and none that is longer',
    (name) => {
      const isTaken = (length: number) =>
        cloudEventSchema.safeParse({ ...minimal, [name]: 'x'.repeat(length) }).success;

      expect([isTaken(255), isTaken(256)]).toEqual([true, false]);
    },
  );

  it('takes times of any offset and precision', () => {
    const times = ['2018-04-05T17:31:00Z', '2018-04-05T17:31:00.000000000Z', '2018-04-05T18:31:00+01:00'];

    expect(times.filter((time) => cloudEventSchema.safeParse({ ...minimal, time }).success)).toEqual(times);
  });
});

describe('the partition key', () => {
  it('is the given one, else the subject, else the id', () => {
    const event = { ...sampleOf(orderCreated), id: 'e-1', subject: 's-1', partitionkey: 'k-1' };

    expect(partitionKeyOf(event)).toBe('k-1');
    expect(partitionKeyOf({ ...event, partitionkey: undefined })).toBe('s-1');
    expect(partitionKeyOf({ ...event, partitionkey: undefined, subject: undefined })).toBe('e-1');
  });
});
