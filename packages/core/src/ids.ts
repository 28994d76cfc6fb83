import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock';

const randomPoolBytes = 4096;

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
  let used = randomPoolBytes;
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

  function takeRandomHex(): string {
    if (used + 8 > randomPoolBytes) {
      fillRandom(pool);
      used = 0;
    }
    const start = used;
    used += 8;
    // the two highest bits of this half are the RFC's variant, `10`
    pool[start] = ((pool[start] ?? 0) & 0x3f) | 0x80;
    return pool.toString('hex', start, used);
  }

  return function newId() {
    const nowMs = clock.now().getTime();
    if (nowMs > lastMs) advanceTo(nowMs);
    else if (counter === 0xfff) advanceTo(lastMs + 1);
    else counter += 1;
    const random = takeRandomHex();
    return `${timeAndVersion}${counter.toString(16).padStart(3, '0')}-${random.slice(0, 4)}-${random.slice(4)}`;
  };
}
