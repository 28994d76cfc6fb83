import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock';

/** Large, since a call for random bytes costs as much as some hundred ids. */
const randomPoolBytes = 32_768;

/** What the 12 bits after the time count, in hexadecimal. */
const counts = Array.from({ length: 0x1000 }, (_, count) => count.toString(16).padStart(3, '0'));

/**
 * Makes a generator of UUIDv7 texts (RFC 9562 §5.7): they begin with the time, so database keys grow at one end,
 * and ids of one generator sort in the order in which they were made, also within a millisecond (§6.2, method 1:
 * the 12 bits after the time count up; when they overflow the next millisecond is borrowed).
 */
export function createIdGenerator(
  clock: Pick<Clock, 'now'>,
  fillRandom: (buffer: Buffer) => void = randomFillSync,
): () => string {
  const pool = Buffer.alloc(randomPoolBytes);
  /** The pool in hexadecimal, of which each id takes the next 16 digits. */
  let digits = '';
  let used = 0;
  let lastMs = 0;
  let timeAndVersion = '';
  let counter = 0;

  function advanceTo(ms: number): void {
    const time = ms.toString(16).padStart(12, '0');
    lastMs = ms;
    timeAndVersion = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    counter = 0;
  }
  advanceTo(0);

  function refill(): void {
    fillRandom(pool);
    // the two highest bits of this half of an id are the RFC's variant, `10`
    for (let at = 0; at < randomPoolBytes; at += 8) pool[at] = ((pool[at] ?? 0) & 0x3f) | 0x80;
    digits = pool.toString('hex');
    used = 0;
  }

  return function newId() {
    const nowMs = clock.now().getTime();
    if (nowMs > lastMs) advanceTo(nowMs);
    else if (counter === 0xfff) advanceTo(lastMs + 1);
    else counter += 1;
    if (used === digits.length) refill();
    const start = used;
    used += 16;
    return `${timeAndVersion}${counts[counter]}-${digits.slice(start, start + 4)}-${digits.slice(start + 4, used)}`;
  };
}
