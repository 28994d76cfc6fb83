import { isTimestamp } from './rfc3339';

describe('isTimestamp', () => {
  it.each([
    '2018-04-05T17:31:00Z',
    '2018-04-05t17:31:00z',
    '2018-04-05T17:31:00.1Z',
    `2018-04-05T17:31:00.${'0123456789'.repeat(20)}Z`,
    '2018-04-05T17:31:00+01:00',
    '2018-04-05T17:31:00.5-23:59',
    '2018-04-05T17:31:00-00:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2024-02-29T12:00:00Z',
    '2000-02-29T12:00:00Z',
    '0000-02-29T12:00:00Z',
    '2018-04-30T12:00:00Z',
    '2016-12-31T23:59:60Z',
    '1990-06-30T23:59:60.5Z',
    '1990-12-31T15:59:60-08:00',
    '2017-01-01T05:29:60+05:30',
  ])('takes %s', (text) => {
    expect(isTimestamp(text)).toBe(true);
  });

  it.each([
    ['', 'nothing'],
    ['lunchtime', 'words'],
    ['2018-04-05', 'no time'],
    ['2018-04-05T17:31Z', 'no seconds'],
    ['2018-04-05T17:31:00', 'no offset'],
    ['2018-04-05 17:31:00Z', 'a space for T'],
    ['2018-04-05T17:31:00.Z', 'no digit after the point'],
    ['2018-04-05T17:31:00,5Z', 'a comma'],
    ['2018-4-5T17:31:00Z', 'days without a leading zero'],
    ['12018-04-05T17:31:00Z', 'a year of five digits'],
    ['-018-04-05T17:31:00Z', 'a negative year'],
    ['2018-00-05T17:31:00Z', 'month 0'],
    ['2018-13-05T17:31:00Z', 'month 13'],
    ['2018-04-00T17:31:00Z', 'day 0'],
    ['2018-04-31T17:31:00Z', 'the 31st of April'],
    ['2018-02-29T17:31:00Z', 'the 29th of February in a common year'],
    ['1900-02-29T17:31:00Z', 'the 29th of February in a century'],
    ['2018-04-05T24:00:00Z', 'hour 24'],
    ['2018-04-05T17:60:00Z', 'minute 60'],
    ['2018-04-05T17:31:61Z', 'second 61'],
    ['2018-04-05T17:31:60Z', 'a leap second within a day'],
    ['2018-04-05T23:59:60Z', 'a leap second within a month'],
    ['2016-12-31T23:59:60+01:00', 'a leap second an hour before the month ends'],
    ['2018-04-05T17:31:00+24:00', 'an offset of a day'],
    ['2018-04-05T17:31:00+01:60', 'an offset of 60 minutes'],
    ['2018-04-05T17:31:00+0100', 'an offset without colon'],
    ['2018-04-05T17:31:00+01', 'an offset of hours'],
    ['2018-04-05T17:31:00Z\n', 'a line break'],
    ['２018-04-05T17:31:00Z', 'a digit that is not ASCII'],
  ])('refuses %j: %s', (text) => {
    expect(isTimestamp(text)).toBe(false);
  });
});
