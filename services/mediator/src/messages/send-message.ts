import { messageBroadcasted, messageSent, type TraceContext } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import type { Announce } from '../announcements/announce';
import { createOnceIn, hashRequest } from '../create-once';
import { cacheKeyOf } from '../kinds/query/cache-key';
import type { FindCached } from '../kinds/query/find-cached';
import type { Directory, MediatorEntry } from '../mediators/directory';
import { requireSize } from '../message-size';
import type { MessageKind, NewMessage } from './message';
import type { StoredMessage } from './message-rows';
import type { SendBody } from './message-schemas';
import type { MessageStore } from './message-store';
import { newMessage } from './new-message';
import { requireSender } from './recipients';
import type { ReadMessage, SentKind } from './sent-kind';
import { findSentKind } from './sent-kinds';

export interface SendRequest {
  /** Name of the mediator. */
  readonly mediator: string;
  readonly body: SendBody;
  readonly isBroadcast: boolean;
  readonly trace: TraceContext;
}

/** What became of a request to send a message. */
export interface SentMessage {
  /** `cached`: nothing was sent, because the answer to an earlier query will do. */
  readonly outcome: 'accepted' | 'replayed' | 'cached';
  readonly entry: MediatorEntry;
  readonly kind: SentKind;
  /** Of the message that was accepted, now or before. */
  readonly id: string;
  /** In their order. */
  readonly recipientIds: readonly string[];
}

/** The mediator is of a kind in which this makes an object, and not a message. */
export interface SentObject {
  readonly outcome: 'object';
  readonly entry: MediatorEntry;
}

export type Sent = SentMessage | SentObject;

/**
 * Accepts a message for its recipients, durable with the transaction. Many may share one: whatever is refused is refused
 * before anything is written, and nothing is written before the transaction's end, which throws `already_exists` when
 * another has taken the id meanwhile.
 */
export type SendMessage = (tx: Transaction, request: SendRequest) => Promise<Sent>;

export interface SendMessageDeps {
  readonly directory: Pick<Directory, 'enter'>;
  readonly messages: Pick<MessageStore, 'accept' | 'find' | 'receiptsOf'>;
  readonly findCached: FindCached;
  readonly announce: Announce;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly maxMessageBytes: number;
  /** For an answer, unless the request says. */
  readonly messageTimeoutMs: number;
  /** Called after the commit. */
  readonly countSent: (kind: MessageKind) => void;
}

export function createSendMessage(deps: SendMessageDeps): SendMessage {
  const { directory, messages, findCached, announce, clock, newId } = deps;

  return async function sendMessage(tx, request) {
    const entry = await directory.enter(tx, request.mediator);
    const kind = findSentKind(entry.mediator.kind, request.isBroadcast);
    if (!kind) return { outcome: 'object', entry };
    requireSize(request.body.message, deps.maxMessageBytes, 'message');
    const read = kind.read(request.body);
    const content = { request, entry, kind, read };
    if (read.id !== undefined) return acceptOnce(tx, { ...content, id: read.id });
    return accept(tx, { ...content, id: newId(), requestHash: null });
  };

  async function acceptOnce(tx: Transaction, content: Omit<Content, 'requestHash'>): Promise<Sent> {
    const { id, entry, kind, request } = content;
    const requestHash = hashRequest({ ...request.body, isBroadcast: request.isBroadcast });
    const { object } = await createOnceIn<Sent>(tx, {
      noun: 'message',
      id,
      requestHash,
      find: async () => {
        const known = await messages.find(tx.queries, entry.mediator.key, id);
        if (!known) return null;
        const recipientIds = await readRecipients(tx, known);
        const object = { outcome: 'replayed' as const, entry, kind, id, recipientIds };
        return { requestHash: known.requestHash ?? '', object };
      },
      create: () => accept(tx, { ...content, requestHash }),
    });
    return object;
  }

  async function accept(tx: Transaction, content: Content): Promise<Sent> {
    const { entry, kind, request } = content;
    const now = clock.now();
    const message = address(content, now);
    const cacheKey = kind.kind === 'query' ? cacheKeyOf(message) : null;
    const sent = { entry, kind, recipientIds: message.recipientIds };
    const maxAgeMs = request.body.cache_ttl_ms ?? 0;
    if (cacheKey !== null && maxAgeMs > 0) {
      const id = await findCached(tx.queries, { mediatorKey: entry.mediator.key, cacheKey, maxAgeMs });
      if (id !== null) return { ...sent, outcome: 'cached', id };
    }
    const { requestHash } = content;
    messages.accept(tx, entry, { ...message, requestHash, cacheKey, acceptedAt: now, work: null });
    announceSent(tx, entry, message);
    tx.afterCommit(() => {
      deps.countSent(message.kind);
    });
    return { ...sent, outcome: 'accepted', id: message.id };
  }

  function address({ request, entry, kind, read, id }: Content, now: Date): NewMessage {
    const { body, isBroadcast, trace } = request;
    const { sender_id: senderId, recipient_id: recipientId } = body;
    requireSender(entry, senderId);
    const recipients = kind.chooseRecipients(entry, { senderId, recipientId, type: read.type, isBroadcast });
    const recipientIds = recipients.map((recipient) => recipient.id).sort();
    const { messageTimeoutMs } = deps;
    return newMessage({ id, kind, read, body, recipientIds, isBroadcast, now, messageTimeoutMs, trace });
  }

  async function readRecipients(tx: Transaction, { sequence }: StoredMessage): Promise<readonly string[]> {
    const receipts = await messages.receiptsOf(tx.queries, [sequence]);
    return (receipts.get(sequence) ?? []).map(({ recipientId }) => recipientId);
  }

  function announceSent(tx: Transaction, { mediator }: MediatorEntry, message: NewMessage): void {
    const { id, kind, type, senderId, priority, recipientIds, isBroadcast, trace } = message;
    const fact = { mediator: mediator.name, message_id: id, kind, type, sender_id: senderId, priority };
    if (isBroadcast) announce(tx, messageBroadcasted, { ...fact, recipients: [...recipientIds] }, trace);
    else for (const recipient_id of recipientIds) announce(tx, messageSent, { ...fact, recipient_id }, trace);
  }
}

/** A request whose kind has read it. */
interface Content {
  readonly request: SendRequest;
  readonly entry: MediatorEntry;
  readonly kind: SentKind;
  readonly read: ReadMessage;
  readonly id: string;
  /** Null where the mediator chose the id: that call cannot be made again. */
  readonly requestHash: string | null;
}
