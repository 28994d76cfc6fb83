import { eventNameOf, messageBroadcasted, messageSent, type CloudEvent } from '@fanfare/contracts';
import type { Database } from '@fanfare/storage';
import { readBodies, type FindBody } from './read-bodies';

/** Something that became true of a mediator, as those who watch are told of it. */
export interface Fact {
  /** Its place in the log. */
  readonly sequence: number;
  readonly mediator: string;
  readonly frame: Buffer;
  /** For those who may not read messages. */
  readonly frameWithoutBody: Buffer;
}

/**
 * Makes facts of events of the topic `mediator`, of which the first has the sequence `from`. Messages come with their bodies
 * for operators, and without for all others.
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
  const toFrame = (all: object) =>
    Buffer.from(
      JSON.stringify({
        type: eventNameOf(type).replace('.', '_'),
        id,
        timestamp,
        mediator,
        data: all,
      }),
    );
  const frameWithoutBody = toFrame(data);
  const frame = body ? toFrame({ ...data, ...body }) : frameWithoutBody;
  return { sequence, mediator, frame, frameWithoutBody };
}

function isAboutMessage(event: CloudEvent) {
  return messageSent.is(event) || messageBroadcasted.is(event);
}
