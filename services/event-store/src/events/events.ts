import type { Clock } from '@fanfare/core';
import type { Route } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import { appendRoute } from './append-route';
import { createEventCheck, type EventRules } from './event-check';
import { createEventReplies, type FindProcessing } from './event-page';
import type { EventWriter } from './event-writer';
import { listEventsRoutes } from './list-events-routes';
import { postEventsRoute } from './post-events-route';
import { publishRoute } from './publish-route';
import { createReadPostedEvents } from './read-posted-events';
import type { RefuseAppend } from './refuse-append';
import { schemaRoute } from './schema-route';
import { streamEventsRoute } from './stream-events-route';
import { createTakeEvents, type CallSyncObservers } from './take-events';

export interface EventsDeps {
  readonly log: EventLog;
  readonly writer: EventWriter;
  readonly refuseAppend: RefuseAppend;
  readonly tail: Pick<Tail, 'follow'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly rules: EventRules & { readonly supportedAggregateTypes: readonly string[] | undefined };
  readonly callSyncObservers: CallSyncObservers;
  readonly findProcessing: FindProcessing;
}

/** Takes events in, and shows them: lists, records, CloudEvents, streams, schemas. */
export function createEvents(deps: EventsDeps): { readonly routes: readonly Route[] } {
  const { log, refuseAppend, tail, clock, newId, rules } = deps;
  const check = createEventCheck(rules);
  const takeEvents = createTakeEvents(deps);
  const { supportedAggregateTypes } = rules;
  const appending = { takeEvents, refuseAppend, check, supportedAggregateTypes, clock, newId };
  const readPostedEvents = createReadPostedEvents({ check, clock, newId });
  return {
    routes: [
      postEventsRoute({ readPostedEvents, takeEvents, refuseAppend, check }),
      publishRoute(appending),
      appendRoute(appending),
      ...listEventsRoutes({ log, replies: createEventReplies(deps.findProcessing) }),
      streamEventsRoute({ log, tail, clock }),
      schemaRoute(),
    ],
  };
}
