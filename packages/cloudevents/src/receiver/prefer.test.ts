import { prefersMinimal } from './prefer';

describe('prefersMinimal', () => {
  it.each(['return=minimal', 'respond-async, Return=Minimal; x=1', 'wait=10,return = "minimal"'])(
    'reads %j as the wish for a minimal answer',
    (prefer) => {
      expect(prefersMinimal({ prefer })).toBe(true);
    },
  );

  it.each(['reply', 'return=representation', 'x; return=minimal', 'return=minimally', 'no-return=minimal'])(
    'reads no such wish in %j',
    (prefer) => {
      expect(prefersMinimal({ prefer })).toBe(false);
    },
  );

  it('knows that most senders wish for nothing', () => {
    expect(prefersMinimal({})).toBe(false);
  });
});
