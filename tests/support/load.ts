import { eventually } from '@fanfare/core/testing';
import { request as httpRequest } from 'node:http';

/** What a client saw of the orders that it sent. */
export interface LoadResult {
  /** Ids of the orders that were answered with 201. */
  readonly accepted: readonly string[];
  readonly refused: number;
  /** In what ways, each once: `503, Retry-After: 1`. */
  readonly refusals: readonly string[];
  /** Requests without an answer: the connection broke. */
  readonly unanswered: number;
}

export interface Load {
  /** Stops sending, waits for the answers under way and tells what happened. */
  stop(): Promise<LoadResult>;
  /** How many orders were accepted so far. */
  readonly acceptedSoFar: () => number;
  readonly refusedSoFar: () => number;
}

/** Sends orders with `clients` clients at once, each the next when it has its answer, to the given services in turn. */
export function startLoad(urls: readonly string[], clients = 16): Load {
  const accepted: string[] = [];
  let refused = 0;
  const refusals = new Set<string>();
  let unanswered = 0;
  let isStopping = false;
  let sent = 0;

  async function sendOne(): Promise<void> {
    sent += 1;
    const url = urls[sent % urls.length] ?? '';
    try {
      const response = await postOrder(url, sent);
      const body = (await response.json()) as { id?: string };
      if (response.status === 201 && body.id) accepted.push(body.id);
      else {
        refused += 1;
        refusals.add(`${response.status}, Retry-After: ${response.headers.get('retry-after') ?? 'none'}`);
      }
    } catch {
      unanswered += 1;
      // the service is being restarted: give it room, and the machine too
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const loops = Array.from({ length: clients }, async () => {
    while (!isStopping) await sendOne();
  });
  return {
    acceptedSoFar: () => accepted.length,
    refusedSoFar: () => refused,
    async stop() {
      isStopping = true;
      await Promise.all(loops);
      return { accepted, refused, refusals: [...refusals], unanswered };
    },
  };
}

/** Resolves when `count` orders were accepted. */
export async function untilAccepted(load: Load, count: number): Promise<void> {
  await eventually(
    () => {
      expect(load.acceptedSoFar()).toBeGreaterThanOrEqual(count);
    },
    { timeoutMs: 60_000 },
  );
}

/** Places `count` orders at once. Throws when one is not accepted. */
export async function placeOrders(url: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const { status } = await postOrder(url, number);
      if (status !== 201) throw new Error(`${url}/orders answered ${status}`);
    }),
  );
}

function postOrder(url: string, number: number): Promise<Response> {
  return fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(newOrder(number)),
    signal: AbortSignal.timeout(15_000),
  });
}

/** Sends one order and hangs up `afterMs` later, 0 for at once, without waiting for the answer. Tells whether one came. */
export function sendAndHangUp(url: string, afterMs: number, number: number): Promise<boolean> {
  return new Promise((resolve) => {
    const body = JSON.stringify(newOrder(number));
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = httpRequest(`${url}/orders`, { method: 'POST', headers, agent: false });
    let isAnswered = false;
    request.on('error', () => undefined);
    request.on('close', () => {
      resolve(isAnswered);
    });
    request.on('response', (response) => {
      isAnswered = true;
      response.resume();
      response.on('end', () => request.destroy());
    });
    request.end(body, () => {
      // a timer of 0 ms would take 1
      if (afterMs === 0) request.destroy();
      else setTimeout(() => request.destroy(), afterMs);
    });
  });
}

function newOrder(number: number) {
  return {
    customer_id: `customer-${number % 50}`,
    product_id: `product-${number % 20}`,
    quantity: 1 + (number % 5),
    // cents that a sum of floats would get wrong
    total_amount: (1 + ((number * 37) % 9_999)) / 100,
  };
}
