import { parseBrokerEndpoint } from './broker-endpoint';
import type { Observer } from './observer';

/** A setting that does not go with the others. */
export interface Misfit {
  /** As requests call it. */
  readonly field: string;
  readonly message: string;
}

/** The first setting of an observer that means nothing beside the others; null when all go together. */
export function findMisfit(observer: Observer): Misfit | null {
  const { endpoint, secrets, handshake, batch, debounce, rateLimit, isAsync } = observer;
  const isAtBroker = endpoint !== null && parseBrokerEndpoint(endpoint) !== null;
  if (isAtBroker && secrets.length > 0)
    return { field: 'secret', message: 'signs web hooks, and the endpoint is a place at a broker' };
  if (isAtBroker && handshake === 'required')
    return { field: 'handshake', message: 'is for web hooks, and the endpoint is a place at a broker' };
  if (debounce && batch) return { field: 'debounce', message: 'does not go with batch' };
  if (debounce && !isAsync)
    return { field: 'debounce', message: 'needs async: nobody can wait for what may never be delivered' };
  if (batch && rateLimit && rateLimit.perKey !== null)
    return { field: 'rate_limit.per_key', message: 'does not go with batch, which has events of many keys' };
  return null;
}
