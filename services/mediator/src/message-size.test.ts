import { requireSize } from './message-size';

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
