import { bodyLimitOf, requireSize } from './message-size';

function check(value: unknown, limitBytes = 262_144) {
  return () => {
    requireSize(value, limitBytes, 'message');
  };
}

describe('the size of a message', () => {
  it.each([
    ['€', 5],
    [{ a: 1 }, 7],
    [null, 4],
  ])('is that of its JSON in UTF-8: %j has %i bytes', (value, bytes) => {
    expect(check(value, bytes)).not.toThrow();
    expect(check(value, bytes - 1)).toThrow(
      `the message has ${bytes} bytes as JSON, and may have ${bytes - 1}`,
    );
  });

  it('is none for what was not sent', () => {
    expect(check(undefined, 0)).not.toThrow();
  });

  it.each([[501], [100_000]])(
    'does not matter when it is nested %i levels deep: nobody could show it',
    (levels) => {
      expect(check(JSON.parse('['.repeat(levels) + ']'.repeat(levels)))).toThrow(
        'message is nested too deeply',
      );
    },
  );
});

describe('the body of a call', () => {
  it.each([
    [1_000, 1_048_576],
    [2_000_000, 2_131_072],
  ])('may carry messages of %i bytes, and what stands around them', (maxMessageBytes, limitBytes) => {
    expect(bodyLimitOf({ maxMessageBytes })).toBe(limitBytes);
  });
});
