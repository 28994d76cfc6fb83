import type { EventStoreForTest } from '../host-event-store';
import { api } from '../host-event-store';

/** A server-sent event. */
export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Follows `GET /events/stream` until it has given `count` events. */
export async function followStream(
  service: EventStoreForTest,
  count: number,
  { query = '', lastEventId }: { readonly query?: string; readonly lastEventId?: number } = {},
): Promise<readonly ServerSentEvent[]> {
  const gone = new AbortController();
  const response = await fetch(`${service.url}${api}/events/stream${query}`, {
    headers: lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) },
    signal: gone.signal,
  });
  let text = '';
  const events = () => [...text.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/gm)];
  for await (const piece of response.body ?? []) {
    text += Buffer.from(piece).toString();
    if (events().length >= count) break;
  }
  gone.abort();
  return events().map(([, id = '', event = '', data = '']) => ({ id, event, data }));
}
