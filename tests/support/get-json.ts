/** An answer may take this long beside all that a test of faults has started; a hang takes longer. */
const patienceMs = 60_000;

export interface Page {
  readonly body: unknown;
  /** The header `Link`. */
  readonly link: string;
}

/** A page of a list. Throws for any answer but a 2xx. */
export async function getPage(url: string): Promise<Page> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return { body: await response.json(), link: response.headers.get('link') ?? '' };
}

/** Throws for any answer but a 2xx. */
export async function getJson<Body>(url: string): Promise<Body> {
  const { body } = await getPage(url);
  return body as Body;
}
