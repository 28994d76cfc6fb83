import type { Clock } from '@fanfare/core';
import type { MessagingObserver } from '@fanfare/messaging';
import type { Observer } from '../observers/observer';
import type { ObserverRegistry } from '../observers/registry';
import { traceparentOf } from '../events/traceparent-of';
import type { Breaker } from './breaker';
import type { DeliveryMetrics } from './delivery-metrics';
import type { FailedSignals } from './failed-signals';
import { isGone } from './outcome';
import type { RunnerReport } from './runner';
import type { SavedSignals } from './saved-signals';

export interface ReportDeps {
  readonly registry: Pick<ObserverRegistry, 'change'>;
  readonly failedSignals: Pick<FailedSignals, 'tellOwn'>;
  readonly saved: Pick<SavedSignals, 'tell'>;
  readonly metrics: DeliveryMetrics;
  readonly clock: Pick<Clock, 'now'>;
  /** How long a receiver may fail before nothing is sent to it any more; 0 for ever. */
  readonly disableAfterMs: number;
  readonly messagingObserver: Pick<MessagingObserver, 'waiting' | 'tracer'>;
}

/** Spreads what happens to deliveries: to metrics, to those who watch, and to who has to act on it. */
export function createReport(deps: ReportDeps): RunnerReport {
  const { failedSignals, saved, metrics, messagingObserver } = deps;
  return {
    attempted({ observer }, { logged, attempt }, outcome, breaker) {
      metrics.attempted(outcome);
      if (outcome.result === 'delivered') return;
      failedSignals.tellOwn({
        type: 'event.failed',
        position: logged.position,
        event_id: logged.event.id,
        observer_id: observer.id,
        reason: outcome.error,
        attempt,
      });
      if (isGone(outcome)) void disable(observer.id, 'is gone', deps);
      else if (hasFailedTooLong(observer, breaker, deps))
        void disable(observer.id, 'fails for too long', deps);
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
      metrics.superseded(effects.filter(({ isSuperseded }) => isSuperseded).length);
      saved.tell(observer.id, effects);
    },
    waiting(what, error, delayMs) {
      messagingObserver.waiting(what, error, delayMs);
    },
  };
}

/**
 * Whether nothing has succeeded for `disableAfterMs`, although it was tried often enough for the breaker to open. Whoever
 * changes the observer, such as by enabling it again, gives it that time anew.
 */
function hasFailedTooLong(
  { updatedAt }: Observer,
  { state, failingSince }: Breaker,
  { clock, disableAfterMs }: ReportDeps,
): boolean {
  if (disableAfterMs === 0 || state === 'closed' || failingSince === null) return false;
  const sinceMs = Math.max(failingSince.getTime(), updatedAt.getTime());
  return clock.now().getTime() - sinceMs >= disableAfterMs;
}

/**
 * A receiver that is gone is asked nothing more until someone enables it again; what it did not take is kept. Should the
 * database be away, the next attempt brings us here again.
 */
async function disable(id: string, why: string, { registry, messagingObserver }: ReportDeps): Promise<void> {
  try {
    await registry.change(id, (observer) => ({ ...observer, isEnabled: false }));
  } catch (error) {
    messagingObserver.waiting(`disabling the observer ${id}, which ${why}`, error, 0);
  }
}
