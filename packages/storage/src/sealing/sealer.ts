import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from 'node:crypto';
import { AppError } from '@fanfare/core';
import type { EncryptionKeys } from './encryption-keys';

/**
 * Keeps texts from whoever can read the store but not the keys: AES-256-GCM (NIST SP 800-38D) under the first of the keys,
 * each text with a random nonce. A key is good for 2^32 texts; after that, another one has to come first.
 */
export interface Sealer {
  /** Whether there is a key to seal with; without one everything is kept as it is. */
  readonly isOn: boolean;
  /**
   * The text as it is to be kept in a place, `event 7`. It can be opened only for the same place, and if that is the same
   * `bound` text then: so nobody can move it elsewhere.
   */
  seal(text: string, place: string, bound?: string): string;
  /**
   * A text as it was before; one that was never sealed is given back as it is. Throws `unavailable` when it is sealed with
   * a key that is not there, and `internal` when it is not what was sealed for this place.
   */
  open(text: string, place: string, bound?: string): string;
  /** Whether `open` has the key for it, or needs none. */
  canOpen(text: string): boolean;
}

/** Neither JSON nor Base64 begins like this. What follows is the id of the key, and nonce, ciphertext and tag in Base64. */
const prefix = 'sealed:';
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export function createSealer(keys: EncryptionKeys): Sealer {
  const [current] = keys;

  return {
    isOn: current !== undefined,
    seal(text, place, bound = '') {
      if (!current) return text;
      const [id, key] = current;
      return `${prefix}${id}:${encrypt(key, text, toContext(place, bound))}`;
    },
    open(text, place, bound = '') {
      if (!isSealed(text)) return text;
      const { keyId, sealed } = parse(text);
      const key = keys.get(keyId);
      if (!key) {
        throw new AppError(
          'unavailable',
          `${place} is sealed with ${keyId}, which is no key in ENCRYPTION_KEYS`,
        );
      }
      try {
        return decrypt(key, sealed, toContext(place, bound));
      } catch (cause) {
        throw new AppError('internal', `${place} is not what was sealed there`, { cause });
      }
    },
    canOpen: (text) => !isSealed(text) || keys.has(parse(text).keyId),
  };
}

/** Whether a text, or the bytes of one, begins like one that was sealed. */
export function isSealed(text: string | Buffer): boolean {
  const start = typeof text === 'string' ? text : text.toString('latin1', 0, prefix.length);
  return start.startsWith(prefix);
}

/** Keeps everything as it is, and says so of what somebody else has sealed. */
export const noSealer = createSealer(new Map());

function parse(text: string): { readonly keyId: string; readonly sealed: Buffer } {
  const end = text.indexOf(':', prefix.length);
  return { keyId: text.slice(prefix.length, end), sealed: Buffer.from(text.slice(end + 1), 'base64') };
}

function toContext(place: string, bound: string): Buffer {
  return Buffer.from(`${place}\n${bound}`);
}

function encrypt(key: KeyObject, text: string, context: Buffer): string {
  const nonce = randomFillSync(Buffer.allocUnsafe(nonceBytes));
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(context);
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64');
}

function decrypt(key: KeyObject, sealed: Buffer, context: Buffer): string {
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(context).setAuthTag(sealed.subarray(end));
  return decipher.update(sealed.subarray(nonceBytes, end), undefined, 'utf8') + decipher.final('utf8');
}
