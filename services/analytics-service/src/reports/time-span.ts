import { bucketMs, startOfBucket, type TimeBucket } from '../orders/time-bucket';

/** A row of whole buckets. */
export interface TimeSpan {
  readonly bucket: TimeBucket;
  /** Beginning of the first bucket. */
  readonly fromMs: number;
  /** End of the last bucket. */
  readonly toMs: number;
}

/** An hour of minutes, a day of hours, a month of days. */
const defaultPoints: Readonly<Record<TimeBucket, number>> = { minute: 60, hour: 24, day: 30 };

/**
 * The buckets that share some time with `from` (included) to `to` (not included). Without `to` up to the one that holds
 * `now`, without `from` as many as one looks at normally. Empty when `to` is not after `from`.
 */
export function spanOf(
  bucket: TimeBucket,
  { from, to, now }: { readonly from?: Date | undefined; readonly to?: Date | undefined; readonly now: Date },
): TimeSpan {
  const lengthMs = bucketMs[bucket];
  const toMs = startOfBucket(bucket, to ? to.getTime() - 1 : now.getTime()) + lengthMs;
  const fromMs = from ? startOfBucket(bucket, from.getTime()) : toMs - defaultPoints[bucket] * lengthMs;
  const isEmpty = from && from >= (to ?? now);
  return { bucket, fromMs, toMs: isEmpty ? fromMs : toMs };
}

/** How many buckets it is. */
export function countPoints({ bucket, fromMs, toMs }: TimeSpan): number {
  return (toMs - fromMs) / bucketMs[bucket];
}

/** The beginning of each bucket. */
export function startsIn(span: TimeSpan): number[] {
  return Array.from({ length: countPoints(span) }, (_, index) => span.fromMs + index * bucketMs[span.bucket]);
}
