import { hasCode } from '@fanfare/core';
import { HttpProblem, reply, type Reply } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { transactOnce } from '../create-once';
import type { Directory } from '../mediators/directory';
import type { Part } from '../part';
import { refuse, refuseInput } from '../problems';
import type { AwaitAnswer } from './await-answer';
import { requireSame } from './read-typed';
import { findRecipient, requireSender } from './recipients';
import type { SendMessage, SendRequest, SentMessage, SentObject } from './send-message';
import { toAnsweredReply, toSentReply } from './send-reply';

export interface SendCall extends SendRequest {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Told when the message is accepted, before the wait for an answer. */
  readonly onAccepted?: () => void;
}

/** A whole call that sends, with the wait for answers where there are any. Throws what HTTP is to answer. */
export type Send = (call: SendCall) => Promise<Reply>;

export interface SendDeps {
  /** May let many calls share a transaction. */
  readonly database: Pick<Database, 'transact'>;
  readonly sendMessage: SendMessage;
  readonly awaitAnswer: AwaitAnswer;
  readonly directory: Pick<Directory, 'noteCall'>;
  /** Who makes the objects of mediators of other kinds. */
  readonly parts: readonly Pick<Part, 'createByMessage'>[];
  /** For an answer, unless the request says. */
  readonly messageTimeoutMs: number;
}

const longestWaitMs = 60_000;

export function createSend(deps: SendDeps): Send {
  const { database, sendMessage, awaitAnswer, directory, parts, messageTimeoutMs } = deps;

  return async function send(call) {
    const sent = await transactOnce(database, (tx) => orRefusal(sendMessage(tx, call)));
    if (sent instanceof Error) throw sent;
    return sent.outcome === 'object' ? sendObject(sent, call) : sendAndWait(sent, call);
  };

  async function sendAndWait(
    sent: SentMessage,
    { body, isBroadcast, signal, onAccepted }: SendCall,
  ): Promise<Reply> {
    const { entry, kind, id } = sent;
    // of what was sent before, the sender may be gone
    if (entry.colleagues.has(body.sender_id)) await directory.noteCall(entry, body.sender_id);
    onAccepted?.();
    if (!kind.isAnswered) return toSentReply({ ...sent, isBroadcast });
    const { timeout_ms: timeoutMs = messageTimeoutMs } = body;
    const waitMs = body.wait_ms ?? Math.min(timeoutMs, longestWaitMs);
    const state = await awaitAnswer({ mediatorKey: entry.mediator.key, id, waitMs, signal });
    return toAnsweredReply({ ...sent, isBroadcast }, state);
  }

  async function sendObject({ entry }: SentObject, { body, mediator, trace }: SendCall): Promise<Reply> {
    const { kind } = entry.mediator;
    const create = parts.map(({ createByMessage }) => createByMessage?.[kind]).find(Boolean);
    if (!create) throw refuse('wrong-kind', `nothing can be sent in a mediator of kind ${kind}`);
    requireSender(entry, body.sender_id);
    const { id, recipient_id: recipientId, message } = body;
    if (recipientId !== undefined) findRecipient(entry, recipientId);
    if (!isObject(message)) throw refuseInput([{ field: 'message', message: 'must be an object' }]);
    requireSame('id', id, message['id']);
    await directory.noteCall(entry, body.sender_id);
    const made = await create({
      mediator,
      trace,
      body: {
        ...message,
        ...(id !== undefined && { id }),
        ...(recipientId !== undefined && { handler_id: recipientId }),
      },
    });
    const object = isObject(made.body) ? made.body : {};
    return reply(200, { message: 'Message sent successfully', ...object }, made.headers);
  }
}

/** A refusal comes before anything was written: as a value it leaves the transaction to those who share it. */
async function orRefusal<T>(work: Promise<T>): Promise<T | Error> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HttpProblem || hasCode(error, 'invalid')) return error;
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
