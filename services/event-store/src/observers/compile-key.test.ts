import { AppError } from '@fanfare/core';
import { compileKey } from './compile-key';

const event = {
  specversion: '1.0' as const,
  id: 'e-1',
  type: 'custom',
  source: '/t',
  subject: 's-1',
  data: { customer: 'c-7', amount: 1.5, nested: { customer: 'c-8' } },
};

describe('the key of an event', () => {
  it.each([
    ['subject', 's-1'],
    ['customer', 'c-7'],
    ['amount', '1.5'],
    ["CONCAT(source, ' ', customer)", '/t c-7'],
    ['missing', null],
    ['nested', null],
  ])('%s is %j', (expression, key) => {
    expect(compileKey(expression)(event)).toBe(key);
  });

  it.each(['', 'subject =', 'NOSUCH(subject)', "'open"])('is not asked for by "%s"', (expression) => {
    expect(() => compileKey(expression)).toThrow(AppError);
  });
});
