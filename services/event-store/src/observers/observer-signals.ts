import type { Signal } from '../live/signals';
import type { Observer } from './observer';

/** What a change of an observer means to those who watch; null stands for before it was made, and after it was removed. */
export function signalsOf(before: Observer | null, after: Observer | null): readonly Signal[] {
  const id = (after ?? before)?.id;
  if (id === undefined) return [];
  const [had, has] = [before?.eventTypes ?? [], after?.eventTypes ?? []];
  return [
    ...subscriptionSignals('observer.unsubscribed', id, had, has),
    ...subscriptionSignals('observer.subscribed', id, has, had),
    ...switchSignals(before, after),
  ];
}

function subscriptionSignals(
  type: 'observer.subscribed' | 'observer.unsubscribed',
  id: string,
  types: readonly string[],
  except: readonly string[],
): readonly Signal[] {
  return types
    .filter((eventType) => !except.includes(eventType))
    .map((eventType) => ({ type, observer_id: id, event_type: eventType }));
}

function switchSignals(before: Observer | null, after: Observer | null): readonly Signal[] {
  if (!before || !after || before.isEnabled === after.isEnabled) return [];
  return [{ type: after.isEnabled ? 'observer.enabled' : 'observer.disabled', observer_id: after.id }];
}
