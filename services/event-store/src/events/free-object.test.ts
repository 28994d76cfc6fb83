import { freeObject } from './free-object';

const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}[]${'}'.repeat(levels)}`);

describe('an object that only its sender understands', () => {
  it('may nest 500 levels, and no more', () => {
    expect(freeObject.safeParse(nested(500)).success).toBe(true);
    expect(freeObject.safeParse(nested(501)).error?.issues).toMatchObject([
      { message: 'must not nest more than 500 levels' },
    ]);
    expect(freeObject.safeParse(nested(4_000)).success).toBe(false);
  });

  it('may be as wide as it likes', () => {
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [index, [index]]));

    expect(freeObject.safeParse(wide).success).toBe(true);
  });
});
