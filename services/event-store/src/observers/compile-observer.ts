import { eventNameOf } from '@fanfare/contracts';
import { PermanentError } from '@fanfare/core';
import type { LogEvent } from '@fanfare/storage';
import { toCloudEvent } from '../events/event-record';
import { parseTypePattern } from '../events/type-pattern';
import { compileTransform } from './compile-transform';
import { compileFilters } from './match-filters';
import type { Observer } from './observer';

/** What an observer wants to be told, ready to be asked about many events. */
export interface CompiledObserver {
  /** Why it cannot be served: it was taken once, and does not compile any more. Then it matches nothing. */
  readonly fault: string | null;
  /** Whether it is told of the event at all. */
  matches(logged: LogEvent): boolean;
  /** The data that it gets: the event's own, or what its transform makes of the event; undefined for none. */
  transform(logged: LogEvent): Promise<unknown>;
}

type Wishes = Pick<Observer, 'eventTypes' | 'filters' | 'transform'>;

/** Never throws, so that one definition stops no other: what does not compile has a `fault`. */
export function compileObserver(wishes: Wishes): CompiledObserver {
  try {
    return compile(wishes);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return {
      fault,
      matches: () => false,
      transform: () => Promise.reject(new PermanentError(fault, { cause: error })),
    };
  }
}

function compile({ eventTypes, filters, transform }: Wishes): CompiledObserver {
  const patterns = eventTypes.map(parseTypePattern);
  const passes = compileFilters(filters);
  const makeData = transform === null ? null : compileTransform(transform);
  return {
    fault: null,
    matches: (logged) =>
      patterns.some((pattern) => pattern.matches(logged.event.type)) &&
      (filters.length === 0 || passes(toCloudEvent(logged))),
    transform: async (logged) => (makeData ? makeData(toInput(logged)) : toCloudEvent(logged).data),
  };
}

/** What a transform sees; bytes as Base64. */
function toInput(logged: LogEvent) {
  const { id, type, source, subject, time, data } = toCloudEvent(logged);
  return {
    id,
    type: eventNameOf(type),
    source,
    subject,
    time: time ?? logged.recordedAt.toISOString(),
    data: data instanceof Uint8Array ? Buffer.from(data).toString('base64') : data,
  };
}
