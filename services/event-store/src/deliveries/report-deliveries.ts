import type { MessagingObserver } from '@fanfare/messaging';
import type { Signals } from '../live/signals';
import type { ObserverRegistry } from '../observers/registry';
import { traceparentOf } from '../events/traceparent-of';
import type { DeliveryMetrics } from './delivery-metrics';
import { isGone } from './outcome';
import type { RunnerReport } from './runner';
import type { SavedSignals } from './saved-signals';

export interface ReportDeps {
  readonly registry: Pick<ObserverRegistry, 'change'>;
  readonly signals: Pick<Signals, 'emit'>;
  readonly saved: Pick<SavedSignals, 'tell'>;
  readonly metrics: DeliveryMetrics;
  readonly messagingObserver: Pick<MessagingObserver, 'waiting' | 'tracer'>;
}

/** Spreads what happens to deliveries: to metrics, to those who watch, and to who has to act on it. */
export function createReport(deps: ReportDeps): RunnerReport {
  const { signals, saved, metrics, messagingObserver } = deps;
  return {
    attempted({ observer }, { logged, attempt }, outcome) {
      metrics.attempted(outcome);
      if (outcome.result === 'delivered') return;
      signals.emit({
        type: 'event.failed',
        position: logged.position,
        event_id: logged.event.id,
        observer_id: observer.id,
        reason: outcome.error,
        attempt,
      });
      if (isGone(outcome)) void disable(observer.id, deps);
    },
    gaveUp({ observer }, { position, event }, { attempts, error }) {
      const span = messagingObserver.tracer?.startSpan('dead-letter', {
        parent: traceparentOf(event),
        attributes: {
          'messaging.message.id': event.id,
          'cloudevents.event_type': event.type,
          'fanfare.observer.id': observer.id,
          'fanfare.position': position,
          'fanfare.attempts': attempts,
          'fanfare.reason': error ?? undefined,
        },
      });
      span?.end();
    },
    saved({ observer }, effects) {
      saved.tell(observer.id, effects);
    },
    waiting(what, error, delayMs) {
      messagingObserver.waiting(what, error, delayMs);
    },
  };
}

/**
 * A receiver that is gone is asked nothing more until someone enables it again; what it did not take is kept. Should the
 * database be away, the next attempt brings us here again.
 */
async function disable(id: string, { registry, messagingObserver }: ReportDeps): Promise<void> {
  try {
    await registry.change(id, (observer) => ({ ...observer, isEnabled: false }));
  } catch (error) {
    messagingObserver.waiting(`disabling the observer ${id}, which is gone`, error, 0);
  }
}
