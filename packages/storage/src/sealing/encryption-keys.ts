import { createSecretKey, type KeyObject } from 'node:crypto';
import { AppError } from '@fanfare/core';

/** Keys by their ids. The first is the one to seal with; the others only open what they sealed before. */
export type EncryptionKeys = ReadonlyMap<string, KeyObject>;

const keyBytes = 32;
const entryForm = /^([\w.-]{1,32}):([A-Za-z\d+/]{43}=?)$/;

/**
 * Reads `id:key,id:key…`, each key 32 bytes in Base64 (`openssl rand -base64 32`). Throws `invalid`, never repeating what
 * may be a part of a key.
 */
export function parseEncryptionKeys(text: string): EncryptionKeys {
  const keys = new Map<string, KeyObject>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [, id, encoded] = entryForm.exec(entry) ?? [];
    const key = Buffer.from(encoded ?? '', 'base64');
    if (id === undefined || key.length !== keyBytes) {
      throw new AppError(
        'invalid',
        `must be like id:key, each key ${keyBytes} bytes in Base64, with commas between them`,
      );
    }
    if (keys.has(id)) throw new AppError('invalid', `must not have two keys with the id ${id}`);
    keys.set(id, createSecretKey(key));
  }
  return keys;
}
