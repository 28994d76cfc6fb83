import { FilterError, compileFilter } from '@fanfare/cloudevents';
import { AppError } from '@fanfare/core';
import type { LogEvent } from '@fanfare/storage';
import { toCloudEvent } from '../events/event-record';
import { parseTypePattern } from '../events/type-pattern';

/** Whether an event of the log is one of those that somebody follows. */
export type MatchesEvent = (logged: LogEvent) => boolean;

/**
 * Compiles what a follower of the log asks for: a pattern of types, and a CloudEvents SQL expression over the event with
 * its full type. Throws `invalid` when one of them is wrong.
 */
export function matchEvents({
  pattern,
  sql,
}: {
  readonly pattern: string;
  readonly sql?: string | undefined;
}): MatchesEvent {
  const types = parseTypePattern(pattern);
  if (sql === undefined) return ({ event }) => types.matches(event.type);
  const isTrue = compileExpression(sql);
  return (logged) => types.matches(logged.event.type) && isTrue(toCloudEvent(logged));
}

function compileExpression(sql: string) {
  try {
    return compileFilter([{ sql }]);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new AppError('invalid', error.message, { cause: error });
  }
}
