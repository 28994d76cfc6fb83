import type { NewEvent } from '../event/create-event';
import type { CallOptions, Client } from './client';
import { completeIfValid } from './complete-event';
import type { Result } from './result';

/**
 * Sends one event, under one id, to several receivers at the same time. The results come in the order of the clients,
 * each as soon as its own receiver has answered: `Promise.all` of them waits for the slowest.
 */
export function sendToAll(
  clients: readonly Pick<Client, 'send'>[],
  event: NewEvent,
  options?: CallOptions,
): readonly Promise<Result>[] {
  const whole = completeIfValid(event);
  return clients.map((client) => client.send(whole, options));
}
