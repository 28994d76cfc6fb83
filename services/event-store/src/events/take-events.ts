import type { CloudEvent } from '@fanfare/cloudevents';
import type { Caller } from '@fanfare/service-kit';
import {
  IdReused,
  type AppendAnswer,
  type AppendRequest,
  type AppendedEvent,
  type EventLog,
  type StreamAppend,
} from '@fanfare/storage';
import { looksSame, seesAll } from '../privacy/mask';
import type { EventWriter } from './event-writer';
import type { IncomingEvent } from './incoming-event';

/** What came of telling an observer that publishers wait for. */
export interface SyncResult {
  readonly observer_id: string;
  readonly ok: boolean;
  readonly error?: string;
}

/** Tells the observers that publishers wait for; undefined when none is concerned. */
export type CallSyncObservers = (
  appended: readonly AppendedEvent[],
) => Promise<readonly SyncResult[] | undefined>;

/** As `AppendRequest`, with events as they came. */
export interface TakeRequest extends Omit<AppendRequest, 'appends'> {
  readonly appends: readonly (Omit<StreamAppend, 'events'> & { readonly events: readonly IncomingEvent[] })[];
}

export interface Taken extends AppendAnswer {
  readonly results?: readonly SyncResult[];
}

export interface TakeEventsDeps {
  readonly writer: EventWriter;
  readonly log: Pick<EventLog, 'findEvent'>;
  readonly callSyncObservers: CallSyncObservers;
}

/**
 * Takes events in; throws what `EventWriter.append` does. Under an id that is there, a caller who does not see all is not told
 * whether what he may not see is the same. None: the ids are new.
 */
export type TakeEvents = (request: TakeRequest, caller?: Pick<Caller, 'roles'>) => Promise<Taken>;

/** An event that is sent again is recognised though the service fills in other times and traces each time. */
export function createTakeEvents({ writer, log, callSyncObservers }: TakeEventsDeps): TakeEvents {
  async function append(request: TakeRequest, isMasked: boolean): Promise<AppendAnswer> {
    try {
      return await writer.append(withEvents(request, ({ event }) => event));
    } catch (error) {
      if (!(error instanceof IdReused)) throw error;
      const stored = await findStored(request);
      return writer.append(withEvents(request, (incoming) => asStored(incoming, stored, isMasked)));
    }
  }

  async function findStored({ appends }: TakeRequest): Promise<ReadonlyMap<string, CloudEvent>> {
    const stored = new Map<string, CloudEvent>();
    for (const { event } of appends.flatMap(({ events }) => events)) {
      const logged = await log.findEvent(event.id);
      if (logged) stored.set(event.id, logged.event);
    }
    return stored;
  }

  return async function takeEvents(request, caller) {
    const answer = await append(request, caller !== undefined && !seesAll(caller));
    const added = answer.events.filter(({ isRepeated }) => !isRepeated);
    const results = added.length > 0 ? await callSyncObservers(added) : undefined;
    return { ...answer, ...(results && { results }) };
  };
}

function withEvents(request: TakeRequest, toEvent: (incoming: IncomingEvent) => CloudEvent): AppendRequest {
  return {
    ...request,
    appends: request.appends.map((append) => ({ ...append, events: append.events.map(toEvent) })),
  };
}

/** The event with what was filled in when it came first; that event itself where it looks the same behind the mask. */
function asStored(
  { event, filledIn }: IncomingEvent,
  stored: ReadonlyMap<string, CloudEvent>,
  isMasked: boolean,
): CloudEvent {
  const first = stored.get(event.id);
  if (!first) return event;
  const again = { ...event, ...Object.fromEntries(filledIn.map((name) => [name, first[name]])) };
  return isMasked && looksSame(again, first) ? first : again;
}
