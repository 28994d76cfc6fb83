import { requireSize } from './message-size';

describe('the size of a message', () => {
  it.each([
    ['€', 5],
    [{ a: 1 }, 7],
    [null, 4],
    [undefined, 0],
  ])('is that of its JSON in UTF-8: %j has %i bytes', (value, bytes) => {
    expect(() => {
      requireSize(value, bytes, 'message');
    }).not.toThrow();
    if (bytes === 0) return;

    expect(() => {
      requireSize(value, bytes - 1, 'message');
    }).toThrow(`the message has ${bytes} bytes as JSON, and may have ${bytes - 1}`);
  });
});
