import { randomFillSync } from 'node:crypto';

const saltBytes = 16;
const poolBytes = 256 * saltBytes;

/** Makes a generator of unguessable salts. */
export function createSaltGenerator(fillRandom: (buffer: Buffer) => void = randomFillSync): () => string {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return function newSalt() {
    if (used === poolBytes) {
      fillRandom(pool);
      used = 0;
    }
    used += saltBytes;
    return pool.toString('base64url', used - saltBytes, used);
  };
}
