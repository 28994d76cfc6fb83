import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const lookEveryMs = 50;
const mebibyte = 2 ** 20;

/** Prints what this process needs of memory while it works. */
export interface MemoryWatch {
  /** Prints the heap that is in use before and after, without garbage, and the highest that was seen meanwhile. */
  during(name: string, work: () => Promise<void>): Promise<void>;
}

export function createMemoryWatch(): MemoryWatch {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  function heapInUse(): number {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  }

  return {
    async during(name, work) {
      const before = heapInUse();
      const startedMs = performance.now();
      const peak = { heapUsed: 0, rss: 0 };
      const timer = setInterval(() => {
        const { heapUsed, rss } = process.memoryUsage();
        peak.heapUsed = Math.max(peak.heapUsed, heapUsed);
        peak.rss = Math.max(peak.rss, rss);
      }, lookEveryMs);
      try {
        await work();
      } finally {
        clearInterval(timer);
      }
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      const heap = `heap before ${format(before)}   peak ${format(peak.heapUsed)}   after ${format(heapInUse())}`;
      const rss = `resident peak ${format(peak.rss)}   after ${format(process.memoryUsage().rss)}`;
      console.log(`${name.padEnd(24)} ${heap}   ${rss}   (${seconds} s)`);
    },
  };
}

const format = (bytes: number) =>
  Math.round(bytes / mebibyte)
    .toString()
    .padStart(4);
