import type { Clock } from '@fanfare/core';
import { defineRoute, reply, toPage, type Route } from '@fanfare/service-kit';
import type { Database, Transaction } from '@fanfare/storage';
import { z } from 'zod';
import type { Directory } from '../mediators/directory';
import { mediatorParams, mediatorPath } from '../mediators/mediator-schemas';
import { requireSelf } from '../mediators/require-self';
import { emptyBody } from '../names';
import type { CancelMessage } from './cancel-message';
import { listMessages } from './list-messages';
import { noSuchMessage, type MessageKey } from './lock-sent-message';
import {
  broadcastAnswer,
  messageListQuery,
  sendAnswer,
  shownMessage,
  type SendBodies,
  type ShownMessage,
} from './message-schemas';
import type { MessageStore } from './message-store';
import type { RedriveMessage } from './redrive-message';
import type { Send } from './send';
import { showMessage } from './show-message';

export interface MessageRoutesDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly messages: Pick<MessageStore, 'find' | 'receiptsOf'>;
  readonly send: Send;
  readonly redriveMessage: RedriveMessage;
  readonly cancelMessage: CancelMessage;
  readonly bodies: SendBodies;
  readonly bodyLimitBytes: number;
  readonly clock: Pick<Clock, 'now'>;
}

const messagePath = `${mediatorPath}/messages/{message_id}`;

/** Ids that are derived from others may be longer than names. */
const messageParams = mediatorParams.extend({ message_id: z.string().min(1).max(255) });

/** Sending, and looking at what was sent. */
export function messageRoutes(deps: MessageRoutesDeps): readonly Route[] {
  return [
    sendRoute(deps),
    broadcastRoute(deps),
    listRoute(deps),
    readRoute(deps),
    redriveRoute(deps),
    cancelRoute(deps),
  ];
}

const notFound = { description: 'There is no such message' };

const sendResponses = {
  202: { description: 'It is accepted, and not answered yet' },
  404: { description: 'The mediator, the sender, the recipient or a handler is not there' },
  409: { description: 'The recipient is not active, or another message has this id' },
  413: { description: 'The message is too large' },
};

const sendDescription =
  'The same call with the same `id` is answered again, with `Idempotency-Replayed: true`, and nothing is sent twice. ' +
  'Commands and queries are answered with `status` and `result` or `error`; the call waits for that as long as `wait_ms`.';

function sendRoute({ send, bodies, bodyLimitBytes }: MessageRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/messages`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Send a message to one colleague',
    description:
      `${sendDescription} In mediators of other kinds \`message\` is an object of that kind, and the answer has its ` +
      'fields; `recipient_id` becomes its `handler_id`.',
    params: mediatorParams,
    body: bodies.send,
    bodyLimitBytes,
    responses: {
      200: sendAnswer,
      ...sendResponses,
      504: { description: 'It was not answered within `timeout_ms`' },
    },
    handle: ({ params: { name }, body, caller, trace, signal }) => {
      requireSelf(caller, name, body.sender_id);
      return send({ mediator: name, body, isBroadcast: false, trace, signal });
    },
  });
}

function broadcastRoute({ send, bodies, bodyLimitBytes }: MessageRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/broadcast`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Send a message to all who are concerned',
    description: `${sendDescription} A query asks all who handle its type, and gathers their answers.`,
    params: mediatorParams,
    body: bodies.broadcast,
    bodyLimitBytes,
    responses: { 200: broadcastAnswer, ...sendResponses },
    handle: ({ params: { name }, body, caller, trace, signal }) => {
      requireSelf(caller, name, body.sender_id);
      return send({ mediator: name, body, isBroadcast: true, trace, signal });
    },
  });
}

function listRoute({ database, directory, messages, clock }: MessageRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${mediatorPath}/messages`,
    role: 'reader',
    summary: 'List messages, oldest first',
    description: '`receipt=dead` gives the dead letters; with `recipient_id`, those of that recipient.',
    params: mediatorParams,
    query: messageListQuery,
    responses: { 200: z.object({ messages: z.array(shownMessage), next_cursor: z.string().nullable() }) },
    handle: async ({ params: { name }, query: { limit, order, cursor, offset, ...filter } }) => {
      const { queries } = database;
      const { mediator } = await directory.find(name);
      const page = { limit, order, cursor, offset };
      const found = await listMessages(queries, {
        mediatorKey: mediator.key,
        filter,
        page,
        now: clock.now(),
      });
      const { items, nextCursor } = toPage(found, limit, ({ sequence }) => sequence);
      const sequences = items.map(({ sequence }) => sequence);
      const receipts = await messages.receiptsOf(queries, sequences);
      const shown = items.map((message) => showMessage(message, receipts.get(message.sequence) ?? []));
      return reply(200, { messages: shown, next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: MessageRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: messagePath,
    role: 'reader',
    summary: 'Read a message, with how it stands with each recipient',
    params: messageParams,
    responses: { 200: shownMessage, 404: notFound },
    handle: async ({ params: { name, message_id: id } }) => reply(200, await readShown(deps, name, id)),
  });
}

async function readShown(
  { database: { queries }, directory, messages }: MessageRoutesDeps,
  mediatorName: string,
  id: string,
): Promise<ShownMessage> {
  const { mediator } = await directory.find(mediatorName);
  const message = await messages.find(queries, mediator.key, id);
  if (!message) throw noSuchMessage(id);
  const receipts = await messages.receiptsOf(queries, [message.sequence]);
  return showMessage(message, receipts.get(message.sequence) ?? []);
}

type Change = (tx: Transaction, key: MessageKey) => Promise<void>;

function changeRoute(
  deps: MessageRoutesDeps,
  change: Change,
  { verb, ...texts }: { readonly verb: string; readonly summary: string; readonly description: string },
): Route {
  return defineRoute({
    method: 'post',
    path: `${messagePath}/${verb}`,
    role: 'writer',
    ...texts,
    params: messageParams,
    body: emptyBody,
    responses: {
      200: shownMessage,
      404: notFound,
      409: { description: 'Its state forbids it' },
    },
    handle: async ({ params: { name, message_id: id } }) => {
      await deps.database.transact((tx) => change(tx, { mediator: name, id }));
      return reply(200, await readShown(deps, name, id));
    },
  });
}

function redriveRoute(deps: MessageRoutesDeps): Route {
  return changeRoute(deps, deps.redriveMessage, {
    verb: 'redrive',
    summary: 'Deliver dead messages again',
    description:
      'To all for whom the message is dead, with fresh tries and, for an answer, the same time again.',
  });
}

function cancelRoute(deps: MessageRoutesDeps): Route {
  return changeRoute(deps, deps.cancelMessage, {
    verb: 'cancel',
    summary: 'Take a message back',
    description: 'From all to whom it is not yet delivered, and from those for whom it is dead.',
  });
}
