import { AppError } from '@fanfare/core';
import { readFileSync } from 'node:fs';
import {
  formatResult,
  isAck,
  isNack,
  isRetryableStatus,
  isUndelivered,
  type Nack,
  type Result,
} from './result';

const ack: Result = { outcome: 'ack', status: 200 };
const nack: Nack = { outcome: 'nack', status: 503, retryable: true, cause: new Error('the queue is full') };
const undelivered: Result = { outcome: 'undelivered', retryable: false, cause: new Error('aborted') };

describe('Result', () => {
  it('is exactly one of ack, nack and undelivered, also when it was made locally', () => {
    const kinds = [ack, nack, undelivered].map((result) =>
      [isAck, isNack, isUndelivered].map((is) => is(result)),
    );

    expect(kinds).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });
});

describe('isRetryableStatus', () => {
  const table = readFileSync(`${__dirname}/../../conformance/knative/data-plane.md`, 'utf8');
  const rows = table.match(/^\| .*`[1-5][\dx]{2}`.*$/gm) ?? [];
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  const explicit = cells.flatMap(([, code = '']) => /^`(\d{3})`$/.exec(code)?.[1] ?? []).map(Number);

  it('finds the whole table of the Knative data plane contract', () => {
    expect(cells.map(([, code]) => code?.replaceAll('`', ''))).toEqual([
      ...['1xx', '200', '202', 'other 2xx', '3xx', '400', '401', '403', '404', '408', '409', '429'],
      ...['other 4xx', '5xx'],
    ]);
  });

  it.each(cells.map(([, code = '', , retry = '']) => [code, retry] as const))(
    'answers for %s what the table says: %s',
    (code, retry) => {
      const [pattern = ''] = /\d[\dx]{2}/.exec(code) ?? [];
      const statuses = pattern.endsWith('xx') ? statusesOf(pattern) : [Number(pattern)];

      const expected = retry.startsWith('Yes');
      expect(statuses.filter((status) => isRetryableStatus(status) !== expected)).toEqual([]);
    },
  );

  it('has 425 repeated beside that table, and what no table knows', () => {
    expect([425, 600, 999].map(isRetryableStatus)).toEqual([true, true, true]);
  });

  /** All of the hundred that have no row of their own; 425 is answered by RFC 8470. */
  function statusesOf(pattern: string): readonly number[] {
    const first = Number(pattern[0]) * 100;
    const all = Array.from({ length: 100 }, (_, index) => first + index);
    return all.filter((status) => !explicit.includes(status) && status !== 425);
  }
});

describe('formatResult', () => {
  it.each<[Result, string]>([
    [ack, 'ack 200'],
    [nack, 'nack 503, may be retried: the queue is full'],
    [{ ...nack, retryAfterMs: 1500 }, 'nack 503, may be retried after 1.5 s: the queue is full'],
    [
      { outcome: 'nack', status: 400, retryable: false, cause: new AppError('invalid', 'type: is required') },
      'nack 400, not to be retried: type: is required',
    ],
    [undelivered, 'undelivered, not to be retried: aborted'],
    [
      { outcome: 'undelivered', retryable: true, cause: new TypeError() },
      'undelivered, may be retried: TypeError',
    ],
  ])('prints every result whole, each argument in its place', (result, line) => {
    expect(formatResult(result)).toBe(line);
  });

  it('keeps to one line, whatever a receiver wrote', () => {
    const cause = new Error('no\r\n2026-01-01 ERROR forged\u2028line\u001b[31m %s %d');

    expect(formatResult({ ...nack, cause })).toBe(
      'nack 503, may be retried: no 2026-01-01 ERROR forged line [31m %s %d',
    );
  });
});
