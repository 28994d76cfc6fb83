/** Buckets of a histogram, summed over its series: upper bound → cumulative count. */
export type Buckets = ReadonlyMap<number, number>;

/** Reads a histogram of a service, of the series whose labels contain `labels`. */
export async function readHistogram(serviceUrl: string, name: string, labels: string): Promise<Buckets> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  const buckets = new Map<number, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}_bucket{`) || !line.includes(labels)) continue;
    const bound = /le="([^"]+)"/.exec(line)?.[1];
    const count = Number(line.slice(line.lastIndexOf(' ')));
    if (bound !== undefined) buckets.set(bound === '+Inf' ? Infinity : Number(bound), count);
  }
  return buckets;
}

/** The smallest bucket bound under which a share of `quantile` of the observations between two readings lies. */
export function quantileBound(before: Buckets, after: Buckets, quantile: number): number {
  const bounds = [...after.keys()].sort((left, right) => left - right);
  const countAt = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0);
  const total = countAt(Infinity);
  return bounds.find((bound) => countAt(bound) >= total * quantile) ?? Infinity;
}

/** Reads the one series of a metric of a service. */
export async function readMetric(serviceUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.slice(line.lastIndexOf(' ')));
}
