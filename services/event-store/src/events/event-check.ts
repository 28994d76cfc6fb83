import { findEventDefinition, resolveEventType } from '@fanfare/contracts';
import type { z } from 'zod';
import { parseTypePattern } from './type-pattern';

/** Which events the service was set to take. */
export interface EventRules {
  /** Whether events are compared with the catalogue at all. */
  readonly validationEnabled: boolean;
  /** Only types of the catalogue. */
  readonly strictEventTypes: boolean;
  /** Types or patterns; undefined takes all. */
  readonly supportedEventTypes: readonly string[] | undefined;
}

/** Finds out what is wrong with the type of an event and, when the catalogue knows it, with its data. */
export type CheckEvent = (event: object, context: z.RefinementCtx) => void;

/** Looks at whatever the event is by then, so that everything that is wrong with it can be said at once. */
export function createEventCheck(rules: EventRules): CheckEvent {
  const { validationEnabled, strictEventTypes, supportedEventTypes } = rules;
  const supported = supportedEventTypes?.map(parseTypePattern);

  function findTypeProblem(type: string, isKnown: boolean): string | undefined {
    if (supported && !supported.some((pattern) => pattern.matches(type))) {
      return `must be one of ${supported.map(({ text }) => text).join(', ')}`;
    }
    return validationEnabled && strictEventTypes && !isKnown ? 'must be a type of the catalogue' : undefined;
  }

  return function checkEvent(event, context) {
    if (!('type' in event) || typeof event.type !== 'string') return;
    const type = resolveEventType(event.type);
    const definition = findEventDefinition(type);
    const message = findTypeProblem(type, definition !== undefined);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['type'], message });
    if (!validationEnabled || !definition || !('data' in event)) return;
    const { error } = definition.external.safeParse(event.data);
    for (const { path, ...issue } of error?.issues ?? []) {
      context.addIssue({ ...issue, path: ['data', ...path] });
    }
  };
}
