import { randomFillSync } from 'node:crypto';

/** The request's id when it is up to 128 visible ASCII characters, else undefined. */
export function acceptRequestId(header: string | undefined): string | undefined {
  return header !== undefined && /^[\x21-\x7e]{1,128}$/.test(header) ? header : undefined;
}

/** A position in a trace of W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** Of the span that is followed: 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Two hexadecimal digits; the last bit says that the trace is sampled. */
  readonly flags: string;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a `traceparent` header; undefined when it breaks the specification, which then asks for a new trace. */
export function parseTraceParent(header: string | undefined): TraceParent | undefined {
  const match = header === undefined ? null : form.exec(header);
  if (!match) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = match;
  // a later version may carry more; version 00 may not, and ff is forbidden
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  return isZero(traceId) || isZero(spanId) ? undefined : { traceId, spanId, flags };
}

/** Continues a trace with a span of our own, or starts one. */
export function startSpan(parent: Pick<TraceParent, 'traceId' | 'flags'> | undefined): {
  readonly traceId: string;
  readonly traceparent: string;
} {
  const traceId = parent?.traceId ?? randomHex(16);
  return { traceId, traceparent: `00-${traceId}-${randomHex(8)}-${parent?.flags ?? '01'}` };
}

function isZero(hex: string): boolean {
  return /^0+$/.test(hex);
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random digits, never all zero; taken from a pool, since asking the system each time costs more than the rest of a span. */
function randomHex(bytes: 8 | 16): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const start = used;
  used += bytes;
  const hex = pool.toString('hex', start, used);
  return isZero(hex) ? randomHex(bytes) : hex;
}
