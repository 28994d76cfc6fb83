import { readCursor, writeCursor } from './ranking-cursor';

describe('the cursor of a ranking', () => {
  it.each([
    { id: 'product-456', revenueMinor: 0 },
    { id: '"><&;=%~', revenueMinor: 999_999_999_999_999 },
  ])('leads back to where it was made: %j', (end) => {
    expect(readCursor(writeCursor(end))).toEqual(end);
  });

  it.each([
    'garbage',
    '',
    Buffer.from('1e3 p').toString('base64url'),
    Buffer.from('-1 p').toString('base64url'),
    Buffer.from('10 two words').toString('base64url'),
    Buffer.from(`10 ${'x'.repeat(65)}`).toString('base64url'),
    `${writeCursor({ id: 'p', revenueMinor: 1 })}=`,
  ])('is nothing when it is %j', (garbage) => {
    expect(readCursor(garbage)).toBeNull();
  });
});
