import { eventNameOf, messageBroadcasted, messageSent, type CloudEvent } from '@fanfare/contracts';
import type { Database } from '@fanfare/storage';
import { readBodies, type FindBody } from './read-bodies';

/** Something that became true of a mediator, as those who watch are told of it. */
export interface Fact {
  /** Its place in the log. */
  readonly sequence: number;
  readonly mediator: string;
  readonly frame: Buffer;
}

/**
 * Makes facts of events of the topic `mediator`, of which the first has the sequence `from`. Messages come with their bodies,
 * because only operators watch: who that is nobody asks as long as there is no authentication.
 */
export async function toFacts(
  queries: Database['queries'],
  events: readonly CloudEvent[],
  from: number,
): Promise<readonly Fact[]> {
  const messages = events.flatMap((event) => (isAboutMessage(event) ? event.data : []));
  const findBody = await readBodies(queries, messages);
  return events.map((event, index) => toFact(event, from + index, findBody));
}

function toFact(event: CloudEvent, sequence: number, findBody: FindBody): Fact {
  const { id, type, time: timestamp } = event;
  const { mediator, ...data } = event.data as { readonly mediator: string };
  const body = isAboutMessage(event) ? findBody(event.data) : undefined;
  const frame = JSON.stringify({
    type: eventNameOf(type).replace('.', '_'),
    ...{ id, timestamp, mediator, data: { ...data, ...body } },
  });
  return { sequence, mediator, frame: Buffer.from(frame) };
}

function isAboutMessage(event: CloudEvent) {
  return messageSent.is(event) || messageBroadcasted.is(event);
}
