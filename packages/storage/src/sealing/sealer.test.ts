import { newKey, sealerOf } from '../testing/event-log/sealers';
import { parseEncryptionKeys } from './encryption-keys';
import { noSealer } from './sealer';

const place = 'snapshot 7';

describe('a sealer', () => {
  const [one, two] = [newKey('one'), newKey('two')];
  const sealer = sealerOf(one);

  it.each(['', 'text', '{"größe":"ä€😀"}', 'x'.repeat(100_000)])(
    'gives back what it sealed: %.20s',
    (text) => {
      const sealed = sealer.seal(text, place);

      expect(sealed).toMatch(/^sealed:one:[\w+/]+={0,2}$/);
      expect(sealer.open(sealed, place)).toBe(text);
    },
  );

  it('seals the same text differently each time', () => {
    expect(sealer.seal('text', place)).not.toBe(sealer.seal('text', place));
  });

  it('opens what older keys have sealed, and leaves alone what nobody has', () => {
    const rotated = sealerOf(two, one);

    expect(rotated.open(sealer.seal('text', place), place)).toBe('text');
    expect(rotated.seal('text', place)).toContain('sealed:two:');
    expect(rotated.open('{"sealed":1}', place)).toBe('{"sealed":1}');
  });

  it('names the key that it lacks', () => {
    const sealed = sealer.seal('text', place);

    expect(noSealer.canOpen(sealed)).toBe(false);
    expect(() => noSealer.open(sealed, place)).toThrow(
      'snapshot 7 is sealed with one, which is no key in ENCRYPTION_KEYS',
    );
  });

  it('refuses what was changed, cut, or sealed for another place', () => {
    const sealed = sealer.seal('text', place, 'bound');
    const changed = `${sealed.slice(0, -6)}${sealed.at(-6) === 'A' ? 'B' : 'A'}${sealed.slice(-5)}`;

    for (const forged of [changed, sealed.slice(0, -8), 'sealed:one:', 'sealed:one:AAAA']) {
      expect(() => sealer.open(forged, place, 'bound')).toThrow('snapshot 7 is not what was sealed there');
    }
    expect(() => sealer.open(sealed, place)).toThrow('not what was sealed');
    expect(() => sealer.open(sealed, 'snapshot 8', 'bound')).toThrow('not what was sealed');
  });

  it('keeps everything as it is without a key', () => {
    expect([noSealer.isOn, noSealer.seal('text', place)]).toEqual([false, 'text']);
  });
});

describe('ENCRYPTION_KEYS', () => {
  it('are named keys of 32 bytes in Base64, the first of which seals', () => {
    expect([...parseEncryptionKeys(` ${newKey('2026-11')}, ${newKey('old.1')},`).keys()]).toEqual([
      '2026-11',
      'old.1',
    ]);
    expect(parseEncryptionKeys('').size).toBe(0);
  });

  it.each(['secret', 'id:', ':AAAA', `id:${'A'.repeat(42)}==`, `a b:${newKey('x').slice(2)}`])(
    'refuses %s without repeating it',
    (text) => {
      expect(() => parseEncryptionKeys(text)).toThrow(/^must be like id:key, each key 32 bytes in Base64/);
    },
  );

  it('refuses two keys with one id', () => {
    expect(() => parseEncryptionKeys(`${newKey('a')},${newKey('a')}`)).toThrow('two keys with the id a');
  });
});
