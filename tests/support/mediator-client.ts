/** What the mediator has said. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

interface Page {
  readonly next_cursor: string | null;
  readonly [collection: string]: unknown;
}

type Method = 'GET' | 'POST';

/** Calls the instances of a mediator in turn; paths are below `/api/v1/mediators`. */
export interface MediatorClient {
  /** Null where there was no answer, or none but that the instance is not there for anybody now. */
  readonly ask: <T>(method: Method, path: string, body?: object) => Promise<Answer<T> | null>;
  /** Repeats the same call until it is answered: it must be one that may be repeated. */
  readonly insist: <T>(method: Method, path: string, body?: object) => Promise<Answer<T>>;
  /** Walks the pages of a list to its end. */
  readonly list: <T>(path: string, collection: string) => Promise<readonly T[]>;
}

/** What is away needs room to come back, and so does the machine. */
const restMs = 50;

export function createMediatorClient(urls: readonly string[]): MediatorClient {
  let calls = 0;

  async function ask<T>(method: Method, path: string, body?: object): Promise<Answer<T> | null> {
    calls += 1;
    try {
      const response = await fetch(`${urls[calls % urls.length] ?? ''}/api/v1/mediators${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      });
      const answer = { status: response.status, body: (await response.json()) as T };
      if (answer.status !== 503) return answer;
    } catch {
      // no answer, or half of one: nobody knows what became of the call
    }
    await new Promise((resolve) => setTimeout(resolve, restMs));
    return null;
  }

  async function insist<T>(method: Method, path: string, body?: object): Promise<Answer<T>> {
    for (;;) {
      const answer = await ask<T>(method, path, body);
      if (answer) return answer;
    }
  }

  async function readPage(path: string, cursor: string): Promise<Page> {
    const query = `limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { status, body } = await insist<Page>('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  return {
    ask,
    insist,
    async list<T>(path: string, collection: string) {
      const items: T[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Page = await readPage(path, cursor);
        items.push(...(page[collection] as readonly T[]));
        cursor = page.next_cursor;
      }
      return items;
    },
  };
}
