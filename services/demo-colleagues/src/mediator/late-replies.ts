import type { Logger } from '@fanfare/service-kit';
import type { Answer } from '../colleagues/entry';
import type { MediatorClient } from './mediator-client';

/** Where an answer goes that does not go back with the call. */
export interface ReplyAddress {
  readonly mediator: string;
  readonly colleague: string;
  readonly commandId: string;
}

/** Answers behind the call, all of them twice. */
export interface LateReplies {
  send(address: ReplyAddress, answer: Answer): void;
  /** Waits for those under way. */
  close(): Promise<void>;
}

/** One that does not get through is forgotten: the mediator asks again. */
export function createLateReplies(client: MediatorClient, logger: Pick<Logger, 'debug'>): LateReplies {
  const underWay = new Set<Promise<void>>();

  async function sendTwice(address: ReplyAddress, answer: Answer): Promise<void> {
    const { mediator, colleague, commandId } = address;
    const path = [mediator, 'colleagues', colleague, 'messages', commandId, 'reply'];
    try {
      await client.call('POST', path, toReplyBody(answer));
      await client.call('POST', path, toReplyBody(answer));
    } catch (err) {
      logger.debug({ err, commandId }, 'a reply did not get through');
    }
  }

  return {
    send(address, answer) {
      const sending = sendTwice(address, answer).finally(() => underWay.delete(sending));
      underWay.add(sending);
    },
    async close() {
      await Promise.all(underWay);
    },
  };
}

function toReplyBody(answer: Answer) {
  if (answer.status === 'done') return { result: answer.result };
  const { code, message } = answer;
  return { error: { code, message, retryable: false } };
}
