import { median } from '../median';
import type { Rival } from './rivals';

/** One way to do some work. */
export interface Way {
  readonly name: string;
  readonly rival: Rival;
  /** Before each round, and not measured. */
  prepare?(): Promise<void>;
  /** Returns how much was done. */
  work(): Promise<number>;
}

interface Rates {
  readonly perSecond: number[];
  /** Of processor time of the rival: what others take of the machine hardly shows in it. */
  readonly perCpuSecond: number[];
}

/** Prints how much the first does in a second, and its ratio to each of the others, all warmed up and taking turns. */
export async function compare(label: string, rounds: number, ways: readonly [Way, ...Way[]]): Promise<void> {
  const rates = new Map<Way, Rates>(ways.map((way) => [way, { perSecond: [], perCpuSecond: [] }]));
  for (const way of ways) {
    await way.prepare?.();
    await way.work();
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [way, { perSecond, perCpuSecond }] of rates) {
      await way.prepare?.();
      const [startedMs, cpuBefore] = [performance.now(), await way.rival.processorSeconds()];
      const done = await way.work();
      perSecond.push((done / (performance.now() - startedMs)) * 1_000);
      perCpuSecond.push(done / ((await way.rival.processorSeconds()) - cpuBefore));
    }
  }
  print(label, rates, ways);
}

function print(label: string, rates: ReadonlyMap<Way, Rates>, [first, ...others]: readonly [Way, ...Way[]]) {
  const middle = (way: Way, rate: keyof Rates) => median(rates.get(way)?.[rate] ?? []);
  const ratio = (other: Way, rate: keyof Rates) => (middle(first, rate) / middle(other, rate)).toFixed(2);
  const ratios = others.map(
    (other) =>
      `${ratio(other, 'perSecond')} × ${other.name} (${ratio(other, 'perCpuSecond')} × by processor time)`,
  );
  const figure = `${Math.round(middle(first, 'perSecond')).toString().padStart(6)} /s`;
  console.log(label.padEnd(44), figure, `  = ${ratios.join(', ')}`);
}
