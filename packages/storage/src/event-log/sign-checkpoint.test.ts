import { generateKeyPairSync, verify } from 'node:crypto';
import { createCheckpointSigner } from './sign-checkpoint';

const end = { position: 7, hash: 'ab' };
const at = new Date('2026-01-01');

function newPem(type: 'ed25519' | 'x25519'): string {
  const { privateKey } = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('a checkpoint', () => {
  const signer = createCheckpointSigner(newPem('ed25519'));
  const checkpoint = signer.sign(end, at);

  it('is genuine as it was signed', () => {
    expect(checkpoint).toMatchObject({ ...end, atMs: at.getTime() });
    expect(signer.isGenuine(checkpoint)).toBe(true);
  });

  it('is genuine to who holds the public key alone', () => {
    const { signature, ...statement } = checkpoint;
    const signed = Buffer.from(
      JSON.stringify({ atMs: statement.atMs, hash: end.hash, position: end.position }),
    );

    expect(verify(null, signed, signer.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
  });

  it.each([{ position: 8 }, { hash: 'ac' }, { atMs: 0 }, { signature: '' }, { signature: 'no base64!' }])(
    'is not genuine with %j',
    (change) => {
      expect(signer.isGenuine({ ...checkpoint, ...change })).toBe(false);
    },
  );

  it('is not genuine to who holds another key', () => {
    expect(createCheckpointSigner(newPem('ed25519')).isGenuine(checkpoint)).toBe(false);
  });
});

describe('createCheckpointSigner', () => {
  it.each([
    ['a key of another kind', newPem('x25519')],
    ['no key', 'secret'],
  ])('refuses %s', (_what, pem) => {
    expect(() => createCheckpointSigner(pem)).toThrow(expect.objectContaining({ code: 'invalid' }) as Error);
  });
});
