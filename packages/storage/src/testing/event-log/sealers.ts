import { randomBytes } from 'node:crypto';
import { parseEncryptionKeys } from '../../sealing/encryption-keys';
import { createSealer, type Sealer } from '../../sealing/sealer';

/** An entry of `ENCRYPTION_KEYS` with a new key. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** Seals with the first of these keys. */
export function sealerOf(...keys: readonly string[]): Sealer {
  return createSealer(parseEncryptionKeys(keys.join(',')));
}
