import { AppError } from '@fanfare/core';
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalise } from './canonical-json';
import type { Anchor } from './commit-store';
import type { Checkpoint } from './event-log';

/** Signs where the chain stands, so that who can rewrite the whole store still cannot rewrite history unnoticed. */
export interface CheckpointSigner {
  sign(end: Anchor, at: Date): Checkpoint;
  isGenuine(checkpoint: Checkpoint): boolean;
  /** In PEM (SPKI), for who checks signatures elsewhere. */
  readonly publicKey: string;
}

/** Signs with an Ed25519 private key in PEM (PKCS #8). Throws `invalid` when it is something else. */
export function createCheckpointSigner(privateKeyPem: string): CheckpointSigner {
  const privateKey = readPrivateKey(privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  return {
    sign({ position, hash }, at) {
      const statement = { position, hash, atMs: at.getTime() };
      return { ...statement, signature: sign(null, toBytes(statement), privateKey).toString('base64') };
    },
    isGenuine: ({ signature, ...statement }) =>
      verify(null, toBytes(statement), publicKey, Buffer.from(signature, 'base64')),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function toBytes({ position, hash, atMs }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(canonicalise({ position, hash, atMs }));
}

function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new AppError('invalid', 'the signing key is no private key in PEM', { cause });
  }
  throw new AppError('invalid', 'the signing key is no Ed25519 key');
}
