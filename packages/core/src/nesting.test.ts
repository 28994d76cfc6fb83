import { isNestedTooDeeply, maxNesting } from './nesting';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const isTooDeep = (json: string) => isNestedTooDeeply(json, JSON.parse(json));

describe('nesting', () => {
  it('is too deep one level beyond the limit, in lists and objects alike', () => {
    expect([isTooDeep(nested(maxNesting)), isTooDeep(nested(maxNesting + 1))]).toEqual([false, true]);
    expect(isTooDeep(`{"a":1,"b":${nested(maxNesting - 1)}}`)).toBe(false);
    expect(isTooDeep(`{"a":1,"b":${nested(maxNesting)}}`)).toBe(true);
  });

  it('is found too deep however deep it is', () => {
    expect(isTooDeep(nested(1_000_000))).toBe(true);
  });

  it.each(['null', '1', '"[[["', `"${'['.repeat(3_000)}"`, `[${'0,'.repeat(3_000)}0]`])(
    'is no matter of length: %.20s',
    (json) => {
      expect(isTooDeep(json)).toBe(false);
    },
  );
});
