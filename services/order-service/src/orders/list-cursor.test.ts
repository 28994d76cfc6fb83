import { readCursor, writeCursor } from './list-cursor';

describe('a cursor', () => {
  it('leads back to the order that it was made of', () => {
    const id = '01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5';

    expect(readCursor(writeCursor(id))).toBe(id);
  });

  it.each([
    'garbage',
    '',
    'MQ',
    writeCursor('1 or 1=1'),
    `${writeCursor('01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5')}=`,
  ])('is nothing when it is %j', (garbage) => {
    expect(readCursor(garbage)).toBeNull();
  });
});
