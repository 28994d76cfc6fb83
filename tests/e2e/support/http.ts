import type { z } from 'zod';

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; undefined when it is none. */
  readonly body: unknown;
}

/** So much that a walk through the whole log also ends where the machine has much else to do. */
const timeoutMs = 90_000;

/** Sends a request and reads the whole answer, whatever its status. */
export async function send(
  url: string,
  { method = 'GET', headers, body }: SendOptions = {},
): Promise<Answer> {
  const sent = new Headers(headers);
  if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json');
  const response = await fetch(url, {
    method,
    headers: sent,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseJson(text) };
}

/** Reads what answers 200 with a body of the given shape; throws for anything else. */
export async function read<Body>(url: string, schema: z.ZodType<Body>): Promise<Body> {
  const { status, text, body } = await send(url);
  if (status !== 200) throw new Error(`GET ${url} answered ${status}: ${text}`);
  return schema.parse(body);
}

/** Reads a list page by page along `Link: <…>; rel="next"`, until its end or until the reader stops. */
export async function* readPages<Item>(url: string, items: z.ZodType<Item[]>): AsyncGenerator<Item[], void> {
  let next: string | undefined = url;
  while (next !== undefined) {
    const answer: Answer = await send(next);
    if (answer.status !== 200) throw new Error(`GET ${next} answered ${answer.status}: ${answer.text}`);
    yield items.parse(answer.body);
    next = linkToNext(answer, next);
  }
}

/** The address of the next page, or undefined on the last one. */
export function linkToNext({ headers }: Answer, url: string): string | undefined {
  const target = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];
  return target === undefined ? undefined : new URL(target, url).href;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
