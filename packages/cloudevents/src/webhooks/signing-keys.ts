import { AppError } from '@fanfare/core';
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';

/** What a signature covers: `<id>.<timestamp>.` and the body behind it. */
export interface SignedContent {
  readonly prefix: string;
  readonly body: Uint8Array | string;
}

/** One secret, ready for use. Signatures are Base64 texts. */
export interface SigningKey {
  /** `v1` is HMAC-SHA256, `v1a` is Ed25519. */
  readonly version: 'v1' | 'v1a';
  /** Null for a public key, which can only check. */
  readonly sign: ((content: SignedContent) => string) | null;
  /** Whether one of these signatures, all of this key's version, is by this key. */
  hasSigned(content: SignedContent, signatures: readonly string[]): boolean;
}

interface KeyKind {
  readonly fits: (byteCount: number) => boolean;
  readonly size: string;
  readonly create: (bytes: Buffer) => SigningKey;
}

const symmetric: KeyKind = {
  fits: (byteCount) => byteCount >= 24 && byteCount <= 64,
  size: '24 to 64',
  create: createSymmetricKey,
};

const kindsByPrefix = new Map<string, KeyKind>([
  ['whsec_', symmetric],
  [
    'whsk_',
    { fits: (count) => count === 32 || count === 64, size: '32 or 64', create: createPrivateKeyPair },
  ],
  ['whpk_', { fits: (count) => count === 32, size: '32', create: createPublicSigningKey }],
]);

/**
 * Reads secrets as Standard Webhooks serialises them (§ Signature scheme): `whsec_` and 24 to 64 bytes, `whsk_` and an
 * Ed25519 seed (alone or with its public key), `whpk_` and an Ed25519 public key, each in Base64. One without a prefix
 * is read as a `whsec_`.
 *
 * @throws AppError `invalid` that says which secret is wrong and why, and never what it is
 */
export function readSigningKeys(secrets: readonly string[]): readonly SigningKey[] {
  if (secrets.length === 0) throw new AppError('invalid', 'there is no webhook secret');
  return secrets.map((secret, index) => {
    const [, prefix = '', text = ''] = /^(whsec_|whsk_|whpk_)?(.*)$/s.exec(secret) ?? [];
    const { fits, size, create } = kindsByPrefix.get(prefix) ?? symmetric;
    const bytes = Buffer.from(text, 'base64');
    const name = `webhook secret ${index + 1} of ${secrets.length}`;
    if (text === '') throw new AppError('invalid', `${name} is empty`);
    if (bytes.toString('base64') !== text) throw new AppError('invalid', `${name} is not in Base64`);
    if (!fits(bytes.length)) throw new AppError('invalid', `${name} has ${bytes.length} bytes, not ${size}`);
    return create(bytes);
  });
}

function createSymmetricKey(bytes: Buffer): SigningKey {
  const secret = createSecretKey(bytes);
  const signContent = ({ prefix, body }: SignedContent) =>
    createHmac('sha256', secret).update(prefix).update(body).digest('base64');
  return {
    version: 'v1',
    sign: signContent,
    hasSigned(content, signatures) {
      const expected = Buffer.from(signContent(content));
      return signatures.some((signature) => isSame(expected, Buffer.from(signature)));
    },
  };
}

/** In a time that says nothing about where the two differ. */
function isSame(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** What stands in front of the bytes of an Ed25519 key in DER (RFC 8410, §7 and §4). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function createPrivateKeyPair(bytes: Buffer): SigningKey {
  const der = Buffer.concat([pkcs8Prefix, bytes.subarray(0, 32)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    ...createAsymmetricKey(createPublicKey(privateKey)),
    sign: (content) => sign(null, joinContent(content), privateKey).toString('base64'),
  };
}

function createPublicSigningKey(bytes: Buffer): SigningKey {
  const der = Buffer.concat([spkiPrefix, bytes]);
  return createAsymmetricKey(createPublicKey({ key: der, format: 'der', type: 'spki' }));
}

function createAsymmetricKey(publicKey: KeyObject): SigningKey {
  return {
    version: 'v1a',
    sign: null,
    hasSigned(content, signatures) {
      const signed = joinContent(content);
      return signatures.some((signature) =>
        verify(null, signed, publicKey, Buffer.from(signature, 'base64')),
      );
    },
  };
}

function joinContent({ prefix, body }: SignedContent): Buffer {
  return Buffer.concat([Buffer.from(prefix), typeof body === 'string' ? Buffer.from(body) : body]);
}
