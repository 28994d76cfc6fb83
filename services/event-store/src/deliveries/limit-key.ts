import type { LogEvent } from '@fanfare/storage';
import { toCloudEvent } from '../events/event-record';
import { compileKey } from '../observers/compile-key';
import { orderKeyOf } from './order-key';

/** What an event shares a limit with: others of its key or, where it has none, those of its subject. */
export type LimitKeyOf = (logged: LogEvent) => string;

/** Throws `invalid` as `compileKey` does. */
export function compileLimitKey(expression: string): LimitKeyOf {
  const keyOf = compileKey(expression);
  return (logged) => {
    const key = keyOf(toCloudEvent(logged));
    return key === null ? orderKeyOf(logged.event) : `key ${key}`;
  };
}
