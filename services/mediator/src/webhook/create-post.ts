import {
  createClient,
  createSigner,
  toWebhookId,
  type AllowsAddress,
  type RequestResult,
} from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { Taken } from '../mailbox/mailbox';
import { longestTryMs } from '../messages/message';
import type { Called } from './called';
import type { Gate } from './gate';
import { toEvent } from './to-event';

export interface PostDeps {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly allowsAddress: AllowsAddress;
  /** Of an answer. */
  readonly maxResponseBytes: number;
}

/** Posts messages to one endpoint, over connections that are kept. */
export interface Post {
  /** Tries once. Never rejects; when `cutting` aborts nobody has answered. */
  send(mediator: string, taken: Taken, cutting: AbortSignal): Promise<RequestResult>;
  /** Resolves when nothing is under way. */
  close(): Promise<void>;
}

/** Makes the post of a colleague by the settings that it has now: signed when it has a secret, without following redirects. */
export function createPost(
  { endpoint, secret, concurrency }: Called,
  gate: Gate,
  { clock, newId, allowsAddress, maxResponseBytes }: PostDeps,
): Post {
  const signer = secret === null ? undefined : createSigner({ secrets: [secret], clock });
  const client = createClient(endpoint, {
    clock,
    newId,
    allowsAddress,
    maxResponseBytes,
    maxConnections: concurrency,
    headers: gate.headers,
    sign: signer && (({ body }, { id }) => signer.sign({ id: toWebhookId(id), body })),
  });
  return {
    async send(mediator, taken, signal) {
      gate.pass();
      const event = toEvent(mediator, taken);
      const call = { signal, timeoutMs: Math.min(taken.timeoutMs, longestTryMs) };
      if (taken.delivery.reply_expected) return client.request(event, call);
      return { result: await client.send(event, call) };
    },
    close: () => client.close(),
  };
}
