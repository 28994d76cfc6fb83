import { createVerifier, decodeHttp, toWebhookId, type CloudEvent } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import { HttpProblem, reply, type Reply, type RouteRequest } from '@fanfare/service-kit';
import { z } from 'zod';
import type { LateReplies } from '../mediator/late-replies';
import type { Draw } from '../mishaps/draw';
import { chooseMishap, type Rates } from '../mishaps/mishap';
import type { Book } from './book';
import { readCommand } from './command';
import type { Answer } from './entry';
import type { Role } from './role';

export interface ReceiveCommandDeps {
  readonly role: Role;
  readonly book: Book;
  readonly replies: Pick<LateReplies, 'send'>;
  readonly secret: string;
  readonly rates: Rates;
  readonly draw: Draw;
  readonly delayMs: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

export type ReceiveCommand = (
  request: Pick<RouteRequest<unknown, unknown, unknown>, 'headers' | 'rawBody' | 'signal'>,
) => Promise<Reply>;

const extensions = z.looseObject({
  attempt: z.coerce.string().default('1'),
  deadline: z.coerce.date().optional(),
});

/** By how much an answer that is late misses the deadline of the command. */
const lateByMs = 200;
/** How late it is where no deadline was given. */
const lateAnywayMs = 5_000;

/** Makes the web hook of one colleague: it does what the mediator's commands say, as well or as badly as the rates have it. */
export function createReceiveCommand(deps: ReceiveCommandDeps): ReceiveCommand {
  const { role, book, replies, rates, draw, delayMs, clock } = deps;
  const verifier = createVerifier({ secrets: [deps.secret], clock });

  return async function receiveCommand({ headers, rawBody, signal }) {
    const verification = verifier.verify(headers, rawBody);
    if (!verification.ok) throw new HttpProblem(401, verification.reason);
    const event = decodeCommand(headers, rawBody);
    // headers of the event are not signed: only this one binds its body to a command
    if (verification.id !== toWebhookId(event.id))
      throw new HttpProblem(401, 'the signature is for another command');
    const command = readCommand(role, event);
    const { attempt, deadline } = extensions.parse(event);
    const mishap = chooseMishap({ ...command, attempt }, rates, draw);

    // cut short when the mediator hangs up, which is when it is too late
    const sleepTooLong = () => clock.sleep(untilTooLate(deadline, clock.now()), signal);
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    if (mishap === 'outage') throw new HttpProblem(503, `${role.name} is out of order for a moment`);
    if (mishap === 'late-effect') await sleepTooLong();
    const answer = await book(command, { isRefused: mishap === 'refusal' });
    if (mishap === 'late-answer') await sleepTooLong();
    if (mishap !== 'double-answer') return toReply(answer);
    replies.send(addressOf(event), answer);
    return reply(202);
  };
}

function decodeCommand(headers: Readonly<Record<string, string | undefined>>, body: Buffer): CloudEvent {
  try {
    const { events } = decodeHttp(headers, body);
    const [event] = events;
    if (event && events.length === 1) return event;
  } catch (cause) {
    throw new HttpProblem(400, `this is no CloudEvent: ${String(cause)}`);
  }
  throw new HttpProblem(400, 'one command at a time');
}

function untilTooLate(deadline: Date | undefined, now: Date): number {
  return deadline ? Math.max(0, deadline.getTime() - now.getTime()) + lateByMs : lateAnywayMs;
}

function addressOf({ id, source, subject = '' }: CloudEvent) {
  return { mediator: source.replace('/mediator/', ''), colleague: subject, commandId: id };
}

function toReply(answer: Answer): Reply {
  if (answer.status === 'done') return reply(200, answer.result);
  throw new HttpProblem(422, answer.message, { code: answer.code });
}
