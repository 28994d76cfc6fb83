import { groupCommit } from '@fanfare/storage';
import { createFindCached } from '../kinds/query/find-cached';
import { createSettle } from '../mailbox/settle';
import { bodyLimitOf } from '../message-size';
import type { Part, PartDeps } from '../part';
import { createAnswerNow, type AnswerNow } from './answer-now';
import { createAwaitAnswer } from './await-answer';
import { createCancelMessage } from './cancel-message';
import { messageRoutes } from './message-routes';
import { sendBodies, type SendBodies } from './message-schemas';
import type { MessageStore } from './message-store';
import { createRedriveMessage } from './redrive-message';
import { createSend, type Send } from './send';
import { createSendMessage, type SendMessage } from './send-message';

export type MessagesDeps = Pick<
  PartDeps,
  'config' | 'database' | 'clock' | 'newId' | 'metrics' | 'directory' | 'timers' | 'waiting' | 'announce'
> & {
  readonly messages: MessageStore;
  /** Of which some make the objects of their kind from messages. */
  readonly parts: readonly Part[];
};

/** Sending, for HTTP and for those who send in other ways. */
export interface Messages extends Part {
  readonly bodies: SendBodies;
  readonly send: Send;
  readonly sendMessage: SendMessage;
  readonly answerNow: AnswerNow;
}

export function createMessages(deps: MessagesDeps): Messages {
  const { config, database, metrics } = deps;
  const { maxMessageBytes, messageTimeoutMs } = config;
  const sentTotal = metrics.counter({
    name: 'mediator_messages_sent_total',
    help: 'Messages that were accepted from colleagues, by kind.',
    labels: ['kind'],
  });
  const countSent = (kind: string) => {
    sentTotal.inc({ kind });
  };
  const findCached = createFindCached(deps);
  const sendMessage = createSendMessage({
    ...deps,
    findCached,
    countSent,
    maxMessageBytes,
    messageTimeoutMs,
  });
  const send = createSend({
    ...deps,
    sendMessage,
    messageTimeoutMs,
    awaitAnswer: createAwaitAnswer(deps),
    database: { transact: groupCommit(database) },
  });
  const settle = createSettle(deps);
  const bodies = sendBodies(config.retryCount);
  const bodyLimitBytes = bodyLimitOf(config);
  return {
    routes: messageRoutes({
      ...deps,
      send,
      bodies,
      bodyLimitBytes,
      redriveMessage: createRedriveMessage({ ...deps, settle }),
      cancelMessage: createCancelMessage({ ...deps, settle }),
    }),
    bodies,
    send,
    sendMessage,
    answerNow: createAnswerNow(deps.messages),
  };
}
