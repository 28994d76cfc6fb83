/** An answer that asks for more is misconfigured or hostile. */
const longestMs = 24 * 60 * 60 * 1000;

/** The three forms of an HTTP-date (RFC 9110 §5.6.7), all in GMT though the last one (asctime) does not say so. */
const httpDate =
  /^(?:[A-Z][a-z]{2,8}, [\w -]+ [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as milliseconds from `now`: at least 0, at most a day.
 * Undefined when it is absent or neither.
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, longestMs);
  if (!httpDate.test(value)) return undefined;
  const time = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(time) ? undefined : Math.min(Math.max(time - now.getTime(), 0), longestMs);
}
