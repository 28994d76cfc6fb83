import { createSaltGenerator } from './salts';

describe('salts', () => {
  it('hold 128 random bits each', () => {
    let filled = 0;
    const newSalt = createSaltGenerator((buffer) => buffer.fill((filled += 1)));

    const salts = Array.from({ length: 257 }, () => newSalt());

    expect(Buffer.from(salts[0] ?? '', 'base64url')).toEqual(Buffer.alloc(16, 1));
    expect(Buffer.from(salts[256] ?? '', 'base64url')).toEqual(Buffer.alloc(16, 2));
  });

  it('are all different', () => {
    const newSalt = createSaltGenerator();

    expect(new Set(Array.from({ length: 1_000 }, () => newSalt())).size).toBe(1_000);
  });
});
