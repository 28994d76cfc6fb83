import { eventually } from '@fanfare/core/testing';

/** What was seen of processes under load. */
export interface Seen {
  /** The most memory that each process held. */
  readonly peakBytes: readonly number[];
  /** What each process said of its readiness, each once. */
  readonly readiness: readonly number[];
}

const mebibyte = 2 ** 20;

async function readMemory(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1]);
}

/** Looks at the processes until the load has had so many more requests refused. */
export async function watchProcesses(
  urls: readonly string[],
  load: { readonly refusedSoFar: () => number },
  refusals: number,
): Promise<Seen> {
  const goal = load.refusedSoFar() + refusals;
  const readiness = new Set<number>();
  let peakBytes = urls.map(() => 0);
  await eventually(
    async () => {
      const memory = await Promise.all(urls.map(readMemory));
      peakBytes = peakBytes.map((bytes, index) => Math.max(bytes, memory[index] ?? NaN));
      for (const url of urls) readiness.add((await fetch(`${url}/health/ready`)).status);
      expect(load.refusedSoFar()).toBeGreaterThanOrEqual(goal);
    },
    { timeoutMs: 600_000, everyMs: 200 },
  );
  return { peakBytes, readiness: [...readiness] };
}

/** The processes were ready all the time, and held no more memory after further `refusals` than after as many before. */
export function expectSteady(before: Seen, after: Seen, refusals: number): void {
  expect([before.readiness, after.readiness]).toEqual([[200], [200]]);
  const grownMebibytes = after.peakBytes.map(
    (bytes, index) => (bytes - (before.peakBytes[index] ?? 0)) / mebibyte,
  );
  // what 8 KiB left behind by each refused request would come to, which is more than a heap breathes by itself
  for (const grown of grownMebibytes) expect(grown).toBeLessThan((refusals * 8) / 1_024);
}
