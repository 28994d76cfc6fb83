import { PermanentError } from '@fanfare/core';
import type { Database, EventLog } from '@fanfare/storage';
import type { DeliverOnce } from '../../deliveries/deliver-once';
import type { DeliveryStates } from '../../deliveries/delivery-states';
import { compileObserver } from '../../observers/compile-observer';
import type { ObserverRegistry } from '../../observers/registry';
import type { CountedLog } from '../count-log';
import { createDeliverAgain } from './deliver-again';
import { createRecount } from './recount';
import type { Replay } from './replay';
import type { ReplayTarget } from './replay-target';
import { createShadowDelivery } from './shadow-delivery';

export interface FindTargetDeps {
  readonly database: Database;
  readonly log: Pick<EventLog, 'read'>;
  readonly counted: Pick<CountedLog, 'counts'>;
  readonly observers: Pick<ObserverRegistry, 'all' | 'find'>;
  readonly states: Pick<DeliveryStates, 'find'>;
  readonly deliverOnce: DeliverOnce;
}

/** Makes what the events of a replay go to. Throws `PermanentError` when its observer is no more, or cannot be served. */
export function createFindTarget(deps: FindTargetDeps) {
  const { observers, states, deliverOnce } = deps;

  async function findObserver(id: string) {
    const observer = await observers.find(id);
    if (!observer) throw new PermanentError(`there is no observer ${id} any more`);
    const { fault } = compileObserver(observer);
    if (fault !== null) throw new PermanentError(`observer ${id} is not valid any more: ${fault}`);
    return observer;
  }

  return async function findTarget({ id: replayId, request }: Replay): Promise<ReplayTarget> {
    const { observerId, projection, candidate, isShadow } = request;
    if (projection !== null) return createRecount({ ...deps, replayId, ...request });
    const observer = observerId === null ? null : await findObserver(observerId);
    if (!isShadow) {
      const enabled = (await observers.all()).filter(({ isEnabled }) => isEnabled);
      return createDeliverAgain(observer ? [observer] : enabled, deliverOnce);
    }
    // an observer without a candidate is compared with what it has got so far
    const cursor =
      observer && !candidate ? (await states.find([observer.id])).get(observer.id)?.cursor : null;
    return createShadowDelivery({
      replayId,
      candidate: candidate ?? observer ?? { eventTypes: [], filters: [], transform: null },
      current: observer,
      deliveredUpTo: cursor ?? Infinity,
    });
  };
}
