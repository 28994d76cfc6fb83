import type { Clock } from '@fanfare/core';
import type { SendMetrics } from '../metrics';
import type { Client } from './client';
import type { Result } from './result';

/** The same client, telling of each event what happened to it and how long that took. */
export function measureClient(client: Client, metrics: SendMetrics, clock: Pick<Clock, 'elapsedMs'>): Client {
  async function measure<T>(call: Promise<T>, resultsOf: (value: T) => readonly Result[]): Promise<T> {
    const startedMs = clock.elapsedMs();
    const value = await call;
    const seconds = (clock.elapsedMs() - startedMs) / 1000;
    for (const { outcome } of resultsOf(value)) metrics.sent(outcome, seconds);
    return value;
  }
  return {
    ...client,
    send: (event, options) => measure(client.send(event, options), (result) => [result]),
    sendBatch: (events, options) => measure(client.sendBatch(events, options), ({ perEvent }) => perEvent),
    request: (event, options) => measure(client.request(event, options), ({ result }) => [result]),
  };
}
