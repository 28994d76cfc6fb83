import * as fc from 'fast-check';
import { compileLike, maxLikeCharacters } from './like';

/** The definition of LIKE, word for word: exponential in the number of `%`. */
function matchesByDefinition(text: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '%') {
    return text.concat('').some((_, skipped) => matchesByDefinition(text.slice(skipped), rest));
  }
  const isEscape = first === '\\' && (rest[0] === '%' || rest[0] === '_');
  const expected = isEscape ? rest[0] : first;
  const accepts = text[0] !== undefined && ((first === '_' && !isEscape) || text[0] === expected);
  return accepts && matchesByDefinition(text.slice(1), isEscape ? rest.slice(1) : rest);
}

const simple = fc.constantFrom('a', 'b', '%');
const character = fc.constantFrom('a', 'b', '%', '_', '\\', '😀');

describe('LIKE', () => {
  it.each([
    ['', '', true],
    ['', '%', true],
    ['', '_', false],
    ['ab', '_b%', true],
    ['b', '_b%', false],
    ['aBc', '_b%', false],
    ['abab', 'ab%ab', true],
    ['ab', 'ab%ab', false],
    ['ab', '%b%b', false],
    ['line\nbreak', 'line_break', true],
    ['a+c', 'a.c', false],
    ['C:\\temp', 'C:\\temp', true],
    ['50%', '50\\%', true],
    ['505', '50\\%', false],
  ])('%j against %j: %j', (text, pattern, matches) => {
    expect(compileLike(pattern)(text)).toBe(matches);
  });

  it.each([
    ['without "_"', simple],
    ['with all that is special', character],
  ])('matches as its definition says, whatever the text and the pattern, %s', (_, characters) => {
    const texts = fc.array(characters, { maxLength: 9 });
    const patterns = fc.array(characters, { maxLength: 7 });
    fc.assert(
      fc.property(texts, patterns, (text, pattern) => {
        expect(compileLike(pattern.join(''))(text.join(''))).toBe(matchesByDefinition(text, pattern));
      }),
      { numRuns: 1_000 },
    );
  });

  it('matches patterns of any length that has a "_", across the bits of one word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 200 }), (length, gap) => {
        const matches = compileLike(`%${'_'.repeat(length)}b%`);

        expect(matches(`${'a'.repeat(gap)}b`)).toBe(gap >= length);
      }),
    );
  });

  it('takes one pass over the text for a pattern at which backtracking would never end', () => {
    const text = 'a'.repeat(100_000);

    expect(compileLike(`${'%a'.repeat(500)}b`)(text)).toBe(false);
    expect(compileLike(`${'%a_'.repeat(300)}b`)(text)).toBe(false);
    expect(compileLike(`${'%_a'.repeat(300)}%`)(text)).toBe(true);
  });

  it('refuses a pattern with more places than it can follow at once', () => {
    expect(() => compileLike('_'.repeat(maxLikeCharacters + 1))).toThrow(RangeError);
    expect(compileLike('a'.repeat(maxLikeCharacters + 1))('a')).toBe(false);
  });
});
