import { defineRoute, reply, type Caller, type Route } from '@fanfare/service-kit';
import { colleagueParams, colleaguePath } from '../mediators/colleague-schemas';
import type { Directory } from '../mediators/directory';
import { requireSelf } from '../mediators/require-self';
import { shownReceipt } from '../messages/message-schemas';
import { emptyBody } from '../names';
import type { Waiting } from '../waiting';
import { mailboxTopic, type Mailbox } from './mailbox';
import { mailParams, nackBody, replyBody, takenBody, takeQuery } from './mailbox-schemas';

export interface MailboxRoutesDeps {
  readonly mailbox: Mailbox;
  readonly directory: Pick<Directory, 'find' | 'noteCall'>;
  readonly waiting: Pick<Waiting, 'until'>;
}

const path = `${colleaguePath}/messages`;
const notFound = { description: 'There is no such mediator or colleague, or no such message for it' };
const illegal = { description: 'The message is in a state that forbids it' };

/** How colleagues fetch what is for them, and say what became of it. */
export function mailboxRoutes(deps: MailboxRoutesDeps): readonly Route[] {
  return [takeRoute(deps), ackRoute(deps), nackRoute(deps), replyRoute(deps)];
}

function takeRoute({ mailbox, directory, waiting }: MailboxRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path,
    role: 'writer',
    isForColleagues: true,
    summary: 'Take messages out of a mailbox',
    description:
      'Those of higher priority first, then as they were accepted. What is neither acked nor answered within ' +
      '`visibility_ms` comes again, with `attempt` one greater. With `wait_ms` the call is held open until there is something.',
    params: colleagueParams,
    query: takeQuery,
    responses: { 200: takenBody, 404: notFound },
    handle: async ({ params, query, caller, signal }) => {
      const entry = await enter(directory, params, caller);
      const request = {
        entry,
        colleagueId: params.id,
        limit: query.limit,
        visibilityMs: query.visibility_ms,
      };
      const topics = [mailboxTopic(entry.mediator.key, params.id)];
      const look = async () => {
        const some = await mailbox.take(request);
        if (some.length > 0) return some;
        // whoever waits for a mailbox that is removed meanwhile is told
        await enter(directory, params, caller);
        return undefined;
      };
      const taken = (await waiting.until({ topics, waitMs: query.wait_ms, signal }, look)) ?? [];
      const messages = taken.map(({ delivery }) => delivery);
      if (signal.aborted) {
        const ids = messages.map(({ id }) => id);
        await mailbox.giveBack(entry, params.id, ids);
      }
      return reply(200, { messages });
    },
  });
}

function ackRoute({ mailbox, directory }: MailboxRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${path}/{message_id}/ack`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Say that a message was received, so that it never comes again',
    description: 'The answer to a command or query may follow until its deadline.',
    params: mailParams,
    body: emptyBody,
    responses: { 200: shownReceipt, 404: notFound, 409: illegal },
    handle: async ({ params, caller }) => {
      const entry = await enter(directory, params, caller);
      return reply(200, await mailbox.ack(entry, params.id, params.message_id));
    },
  });
}

function nackRoute({ mailbox, directory }: MailboxRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${path}/{message_id}/nack`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Say that a message could not be dealt with',
    description:
      'It comes again after `delay_ms`, or as the retry policy of the message says, or is dead after its last try and with ' +
      'an `error` that is not `retryable`.',
    params: mailParams,
    body: nackBody,
    responses: { 200: shownReceipt, 404: notFound, 409: illegal },
    handle: async ({ params, body: { error, delay_ms: delayMs }, caller }) => {
      const entry = await enter(directory, params, caller);
      return reply(200, await mailbox.nack(entry, params.id, params.message_id, { error, delayMs }));
    },
  });
}

function replyRoute({ mailbox, directory }: MailboxRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${path}/{message_id}/reply`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Answer a command or query',
    description: 'With `result` or with `error`. The first answer counts, and the same may be sent again.',
    params: mailParams,
    body: replyBody,
    responses: {
      200: shownReceipt,
      404: notFound,
      409: { description: 'It has another answer, or is not waited for any more' },
      413: { description: 'The result is too long' },
    },
    handle: async ({ params, body, caller }) => {
      const entry = await enter(directory, params, caller);
      return reply(200, await mailbox.reply(entry, params.id, params.message_id, body));
    },
  });
}

/** Every call of a colleague is a sign of life. */
async function enter(
  directory: MailboxRoutesDeps['directory'],
  { name, id }: { readonly name: string; readonly id: string },
  caller: Caller,
) {
  requireSelf(caller, name, id);
  const entry = await directory.find(name);
  await directory.noteCall(entry, id);
  return entry;
}
