/** Spans of time over which orders are counted, all in UTC. */
export const timeBuckets = ['minute', 'hour', 'day'] as const;
export type TimeBucket = (typeof timeBuckets)[number];

/** How long a bucket is, in milliseconds. */
export const bucketMs: Readonly<Record<TimeBucket, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** The beginning of the bucket that holds `atMs`; days begin at midnight because the epoch does. */
export function startOfBucket(bucket: TimeBucket, atMs: number): number {
  return Math.floor(atMs / bucketMs[bucket]) * bucketMs[bucket];
}
