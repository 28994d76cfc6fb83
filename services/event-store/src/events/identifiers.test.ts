import { isIdentifier } from './identifiers';

describe('an id', () => {
  it.each(['a', 'user-123', 'a b', '~!@$^&*()_+={}[]|\\:;"\'<>,.', 'x'.repeat(255)])('can be %j', (id) => {
    expect(isIdentifier(id)).toBe(true);
  });

  it.each(['', ' ', ' a', 'a ', 'a/b', 'a?b', 'a#b', 'a%b', 'zoë', 'a\nb', 'a\u007f', 'x'.repeat(256)])(
    'cannot be %j',
    (id) => {
      expect(isIdentifier(id)).toBe(false);
    },
  );

  it.each(['range', 'publish', 'append', 'stream', 'type', 'aggregate', 'aggregate-type', 'latest', '..'])(
    'cannot be %j, which stands for something else in a path',
    (word) => {
      expect(isIdentifier(word)).toBe(false);
    },
  );
});
