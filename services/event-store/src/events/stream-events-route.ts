import { eventNameOf } from '@fanfare/contracts';
import { AppError, type Clock, type Timer } from '@fanfare/core';
import { defineRoute, HttpProblem, wholeNumber, type Route } from '@fanfare/service-kit';
import type { EventLog, LogEvent } from '@fanfare/storage';
import { z } from 'zod';
import { encodedRecord } from '../live/encoded-record';
import { matchEvents, type MatchesEvent } from '../live/match-events';
import type { Tail } from '../live/tail';
import { maskTail, seesAll } from '../privacy/mask';
import { typePattern } from './type-parameter';

export interface StreamEventsDeps {
  readonly log: Pick<EventLog, 'head'>;
  readonly tail: Pick<Tail, 'follow'>;
  readonly clock: Clock;
}

const heartbeatMs = 15_000;

/** A comment (WHATWG HTML §9.2.6): clients pass over it, proxies see that the connection lives. */
const heartbeat = ': still here\n\n';

const position = wholeNumber();

/** `GET /events/stream`, as server-sent events. */
export function streamEventsRoute({ log, tail, clock }: StreamEventsDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/events/stream',
    role: 'reader',
    summary: 'Follow the log as server-sent events',
    description:
      'Each event of the log that matches, once and in order: `id` is its position, `event` its type, `data` its record. ' +
      'Begins after `Last-Event-ID`, else after `from_position`, else with what is recorded from now on. `type` is a ' +
      'type or a pattern, `sql` a CloudEvents SQL expression. A comment comes when there was nothing else for 15 s. A ' +
      'record is shown as it was when it was recorded: `processed` is false in every one, and what has become of it since ' +
      'is said by `GET /events/{id}`, or when it happens by `event.processed` on `/ws`.',
    query: z.strictObject({
      type: typePattern.optional(),
      sql: z.string().optional(),
      from_position: position.optional(),
    }),
    requestHeaders: { 'last-event-id': 'Position of the last event that was seen' },
    responses: { 200: { description: 'Events, until the client goes', contentType: 'text/event-stream' } },
    handle: async ({ query: { type, sql, from_position: fromPosition }, headers, signal, caller }) => {
      const matches = compile({ pattern: type?.text ?? '*', sql });
      const begin = readLastEventId(headers['last-event-id']) ?? fromPosition ?? (await log.head());
      const pieces = encode((seesAll(caller) ? tail : maskTail(tail)).follow(begin, signal), matches);
      return { status: 200, stream: withHeartbeat(pieces, clock) };
    },
  });
}

function compile(wanted: Parameters<typeof matchEvents>[0]): MatchesEvent {
  try {
    return matchEvents(wanted);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw badRequest('sql', error.message);
  }
}

function readLastEventId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const read = position.safeParse(text);
  if (read.success) return read.data;
  throw badRequest('Last-Event-ID', 'must be the id of an event of this stream');
}

function badRequest(field: string, message: string): HttpProblem {
  return new HttpProblem(400, message, { errors: [{ field, message }] });
}

async function* encode(
  followed: AsyncIterable<readonly LogEvent[]>,
  matches: MatchesEvent,
): AsyncGenerator<string, void, undefined> {
  for await (const events of followed) {
    const text = events.filter(matches).map(toServerSentEvent).join('');
    if (text !== '') yield text;
  }
}

function toServerSentEvent(logged: LogEvent): string {
  const type = eventNameOf(logged.event.type);
  return `id: ${logged.position}\nevent: ${type}\ndata: ${encodedRecord(logged)}\n\n`;
}

/** Adds a heartbeat whenever nothing else has come for its time. */
async function* withHeartbeat(
  pieces: AsyncGenerator<string, void, undefined>,
  clock: Clock,
): AsyncGenerator<string, void, undefined> {
  try {
    for (let next = pieces.next(); ;) {
      const piece = await withinTime(next, clock);
      if (!piece) {
        yield heartbeat;
      } else if (piece.done) {
        return;
      } else {
        yield piece.value;
        next = pieces.next();
      }
    }
  } finally {
    void pieces.return();
  }
}

/** Undefined when nothing comes until it is time for a heartbeat. */
async function withinTime<Piece>(next: Promise<Piece>, clock: Clock): Promise<Piece | undefined> {
  let timer: Timer | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = clock.setTimer(heartbeatMs, () => {
      resolve(undefined);
    });
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    timer?.cancel();
  }
}
