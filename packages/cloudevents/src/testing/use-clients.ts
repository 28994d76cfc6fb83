import type { Client } from '../client/client';
import { createClient, type ClientOptions } from '../client/create-client';
import type { Result } from '../client/result';
import { useServers, type SentRequest } from './use-servers';

/** An event that is not complete yet, as senders have it. */
export const newEvent = { type: 'order.created', source: '/orders', data: { quantity: 2 } };

/** Servers, and clients for them, for the tests of one file; both are closed after each test. */
export function useClients() {
  const servers = useServers();

  function open(url: string, options?: ClientOptions): Client {
    return servers.own(createClient(url, options));
  }

  /** Starts a server that answers 204, and returns what it was sent. */
  async function record(): Promise<{ readonly url: string; readonly requests: readonly SentRequest[] }> {
    const requests: SentRequest[] = [];
    const url = await servers.answer((request) => {
      requests.push(request);
      return { status: 204 };
    });
    return { url, requests };
  }

  return { servers, open, record };
}

export function causeOf(result: Result): Error {
  if (result.outcome === 'ack') throw new Error('an ack has no cause');
  return result.cause;
}
