import { eventNameOf } from '@fanfare/contracts';
import type { DeliverOnce } from '../../deliveries/deliver-once';
import { compileObserver } from '../../observers/compile-observer';
import type { Observer } from '../../observers/observer';
import { noEffects, type ReplayTarget } from './replay-target';

/** Delivers events to observers once more, marked as a replay. Live delivery goes on beside it, and its cursors stand still. */
export function createDeliverAgain(observers: readonly Observer[], deliverOnce: DeliverOnce): ReplayTarget {
  const compiled = observers.map((observer) => ({ observer, ...compileObserver(observer) }));
  return {
    concerns: (logged) => compiled.some((each) => each.matches(logged)),
    beginBatch: () => ({
      async take(logged, signal) {
        const errors: string[] = [];
        for (const { observer } of compiled.filter((each) => each.matches(logged))) {
          const outcome = await deliverOnce(observer, logged, { isReplay: true, signal });
          if (outcome.result === 'failed') {
            if (outcome.fault === 'aborted') return null;
            const { position, event } = logged;
            errors.push(`${observer.id}, ${eventNameOf(event.type)} at ${position}: ${outcome.error}`);
          }
        }
        return errors;
      },
      effects: () => noEffects,
    }),
    finish: () => Promise.resolve(noEffects),
  };
}
