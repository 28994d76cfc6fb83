import { hasCode } from '@fanfare/core';
import jsonata from 'jsonata';
import { createExpressions } from './expressions';

const expressions = createExpressions({ parse: jsonata, path: require.resolve('jsonata') });

describe('an expression', () => {
  it('gives a value for an input, or none', async () => {
    expect(
      await expressions.evaluate('data.items[price > 5].name', {
        data: { items: [{ name: 'a', price: 9 }] },
      }),
    ).toBe('a');
    expect(await expressions.evaluate('data.nothing', { data: {} })).toBeUndefined();
  });

  it('finds the time that it is given, the same from each of its functions', async () => {
    const at = new Date('2026-03-01T12:00:00.000Z');

    expect(
      await expressions.evaluate('[$now(), $now("[Y]"), $millis(), $toMillis("13", "[H]")]', {}, at),
    ).toEqual(['2026-03-01T12:00:00.000Z', '2026', at.getTime(), Date.parse('2026-03-01T13:00:00.000Z')]);
  });

  it('sees neither the process nor its environment', async () => {
    expect(await expressions.evaluate('[process, require, global, $process, constructor]', {})).toEqual([]);
    expect(
      await expressions.evaluate('data.constructor.constructor("return process")()', { data: {} }),
    ).toBeUndefined();
  });

  it('that is none is refused with the place of the mistake', () => {
    expect(() => {
      expressions.check('{ "a": data.x');
    }).toThrow('Expected "}" before end of expression at character 13');
  });

  it('that ends never is stopped, and those that wait behind it are evaluated', async () => {
    const endless = expressions
      .evaluate('($f := function($x) { $f($x + 1) }; $f(1))', {})
      .catch((error: unknown) => error);
    const next = expressions.evaluate('1 + 1', {});

    expect(hasCode(await endless, 'internal')).toBe(true);
    expect(await next).toBe(2);
  });
});
