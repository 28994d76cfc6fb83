import type { Clock } from '@fanfare/core';
import { defineRoute, reply, toPage, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import type { Directory } from '../mediators/directory';
import { mediatorParams, mediatorPath } from '../mediators/mediator-schemas';
import { refuse } from '../problems';
import { listMessages } from './list-messages';
import {
  broadcastAnswer,
  messageListQuery,
  sendAnswer,
  shownMessage,
  type SendBodies,
} from './message-schemas';
import type { MessageStore } from './message-store';
import type { Send } from './send';
import { showMessage } from './show-message';

export interface MessageRoutesDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly directory: Pick<Directory, 'find'>;
  readonly messages: Pick<MessageStore, 'find' | 'receiptsOf'>;
  readonly send: Send;
  readonly bodies: SendBodies;
  readonly bodyLimitBytes: number;
  readonly clock: Pick<Clock, 'now'>;
}

export const messagePath = `${mediatorPath}/messages/{message_id}`;

/** Ids that are derived from others may be longer than names. */
export const messageParams = mediatorParams.extend({ message_id: z.string().min(1).max(255) });

/** Sending, and looking at what was sent. */
export function messageRoutes(deps: MessageRoutesDeps): readonly Route[] {
  return [sendRoute(deps), broadcastRoute(deps), listRoute(deps), readRoute(deps)];
}

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
    handle: ({ params: { name }, body, trace, signal }) =>
      send({ mediator: name, body, isBroadcast: false, trace, signal }),
  });
}

function broadcastRoute({ send, bodies, bodyLimitBytes }: MessageRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/broadcast`,
    role: 'writer',
    summary: 'Send a message to all who are concerned',
    description: `${sendDescription} A query asks all who handle its type, and gathers their answers.`,
    params: mediatorParams,
    body: bodies.broadcast,
    bodyLimitBytes,
    responses: { 200: broadcastAnswer, ...sendResponses },
    handle: ({ params: { name }, body, trace, signal }) =>
      send({ mediator: name, body, isBroadcast: true, trace, signal }),
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

function readRoute({ database, directory, messages }: MessageRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: messagePath,
    role: 'reader',
    summary: 'Read a message, with how it stands with each recipient',
    params: messageParams,
    responses: { 200: shownMessage, 404: { description: 'There is no such message' } },
    handle: async ({ params: { name, message_id: id } }) => {
      const { mediator } = await directory.find(name);
      const message = await messages.find(database.queries, mediator.key, id);
      if (!message) throw noSuchMessage(id);
      const receipts = await messages.receiptsOf(database.queries, [message.sequence]);
      return reply(200, showMessage(message, receipts.get(message.sequence) ?? []));
    },
  });
}

/** The answer to whoever names a message that is not there. */
export function noSuchMessage(id: string) {
  return refuse('not-found', `there is no message ${id}`);
}
