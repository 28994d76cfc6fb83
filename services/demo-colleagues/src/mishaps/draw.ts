import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that depends on the seed and the key alone: whoever asks first, and after a restart. */
export type Draw = (key: string) => number;

export function createDraw(seed: number): Draw {
  return (key) => createHash('sha256').update(`${seed}:${key}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
