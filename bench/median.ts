/** The middle one; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which so large a part of all lies. */
export function quantile(values: readonly number[], part: number): number {
  const index = Math.min(Math.floor(values.length * part), values.length - 1);
  return [...values].sort((left, right) => left - right)[index] ?? 0;
}
