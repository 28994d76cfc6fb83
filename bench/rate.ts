import { median } from './median';

/** How much was done in a second. */
export interface Rate {
  readonly perSecond: number;
  /** Of processor time of the process that did it: what others take of the machine hardly shows in it. */
  readonly perCpuSecond: number;
}

/** Measures `work`, which returns how much it did in this process. */
export async function measureRate(work: () => Promise<number>): Promise<Rate> {
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const done = await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    perSecond: (done / (performance.now() - startedMs)) * 1_000,
    perCpuSecond: (done / (user + system)) * 1e6,
  };
}

export const perSecond = (rates: readonly Rate[]) => median(rates.map((rate) => rate.perSecond));
export const perCpuSecond = (rates: readonly Rate[]) => median(rates.map((rate) => rate.perCpuSecond));
export const format = (rate: number) => Math.round(rate).toString().padStart(7);
