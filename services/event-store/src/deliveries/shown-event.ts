import { toEventRecord, type EventRecord } from '../events/event-record';
import type { Tail } from '../live/tail';
import type { Observer } from '../observers/observer';
import { noSuchObserver, type ObserverRegistry } from '../observers/registry';

/** An event as lists of deliveries show it; null when the log has it no more. */
export async function toShownEvent(tail: Pick<Tail, 'find'>, position: number): Promise<EventRecord | null> {
  const logged = await tail.find(position);
  return logged && toEventRecord(logged, { isProcessed: false, processedAt: null });
}

/** Throws `not_found` when there is no such observer. */
export async function requireObserver(
  registry: Pick<ObserverRegistry, 'find'>,
  id: string,
): Promise<Observer> {
  const observer = await registry.find(id);
  if (!observer) throw noSuchObserver(id);
  return observer;
}
