import type { Failure } from '../failure';
import type { MediatorEntry } from '../mediators/directory';
import type { Answer, ShownReceipt } from '../messages/message';
import type { Delivery } from './delivery';

export interface TakeRequest {
  readonly entry: MediatorEntry;
  readonly colleagueId: string;
  readonly limit: number;
  /** For web hooks: no more than so many may be in hands afterwards, whoever has taken them; any number unless given. */
  readonly maxInHands?: number;
  /** What is neither acked nor answered within this time may be taken again; that costs no try. */
  readonly visibilityMs: number;
  /**
   * For web hooks: of plain messages and events one at a time per sender, the next when the one before is settled. Else
   * what is in somebody's hands holds nothing back, and only a failed one that waits for its next try does.
   */
  readonly isOneAtATime?: boolean;
}

/** A delivery with what its carrier needs besides. */
export interface Taken {
  readonly delivery: Delivery;
  /** Time limit of one try by web hook. */
  readonly timeoutMs: number;
  readonly traceparent: string;
}

export interface NackRequest {
  readonly error?: Failure | undefined;
  /** Instead of what the retry policy says. */
  readonly delayMs?: number | undefined;
}

/**
 * The durable queues of all colleagues, from which polling, WebSocket and web hooks draw alike: what one holds the others
 * do not get. Higher priority first, then as accepted. Every call names the message, not the try: the same call again is
 * answered again. Throws `not-found` for what was never in that mailbox, `illegal-transition` for what its state forbids.
 */
export interface Mailbox {
  take(request: TakeRequest): Promise<readonly Taken[]>;
  /** Never comes again. Of a command: it is in good hands, the answer may follow until the deadline. */
  ack(entry: MediatorEntry, colleagueId: string, messageId: string): Promise<ShownReceipt>;
  /** A failed try: comes again, or is dead after the last one or a failure that is not retryable. */
  nack(
    entry: MediatorEntry,
    colleagueId: string,
    messageId: string,
    request: NackRequest,
  ): Promise<ShownReceipt>;
  /** Answers a command or query, and acks it. The first answer wins. */
  reply(entry: MediatorEntry, colleagueId: string, messageId: string, answer: Answer): Promise<ShownReceipt>;
  /** Lets a carrier keep what it holds for that much longer, from now on. */
  hold(
    entry: MediatorEntry,
    colleagueId: string,
    messageIds: readonly string[],
    visibilityMs: number,
  ): Promise<void>;
  /** Gives back what a carrier holds but cannot deliver now (it stops, its connection closed); costs no try. */
  giveBack(entry: MediatorEntry, colleagueId: string, messageIds: readonly string[]): Promise<void>;
}

/** What `Waiting` is told when something new may be taken from a mailbox. */
export function mailboxTopic(mediatorKey: number, colleagueId: string): string {
  return `mailbox:${mediatorKey}:${colleagueId}`;
}

/** Whether a topic is that of a mailbox. */
export function isMailboxTopic(topic: string): boolean {
  return topic.startsWith('mailbox:');
}

/** What `Waiting` is told when a message has come to its end, or one of its recipients has answered. */
export function messageTopic(mediatorKey: number, messageId: string): string {
  return `message:${mediatorKey}:${messageId}`;
}
