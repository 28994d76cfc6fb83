import type { IncomingMessage } from 'node:http';
import type { Clock } from '@fanfare/core';
import type { CloudEvent } from '../event/cloud-event';
import type { Filter } from '../filters/compile-filter';
import type { ReceiveMetrics } from '../metrics';
import type { Handshake } from '../webhooks/answer-handshake';
import type { Verifier } from '../webhooks/verify-webhook';
import type { Inbox } from './inbox';

/** What a sender may ask of the receiver. */
export interface ReceiverLimits {
  /** Of a body, before and after its content encoding is undone; longer ones are answered with 413. */
  readonly bodyBytes: number;
  /** Of the head of a request; longer ones are answered with 431, as are more than `headers`. */
  readonly headBytes: number;
  readonly headers: number;
  /** How long slow senders are waited for: for the head, for the whole request (408), for the next on a connection. */
  readonly headMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
}

export const defaultLimits: ReceiverLimits = {
  bodyBytes: 1024 * 1024,
  headBytes: 16 * 1024,
  headers: 1_000,
  headMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 60_000,
};

/** Who may not send here: 401 when nobody knows who it is, 403 when it is known and may not. */
export interface Unauthorised {
  readonly status: 401 | 403;
  readonly detail: string;
  /** For 401, `www-authenticate` says how to do better; `Bearer` when it is left out. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A span that is under way. */
export interface Span {
  readonly traceparent: string;
  /** With what was thrown, when the event was not taken. */
  end(error?: unknown): void;
}

/** Starts spans, for a tracing library to stand behind. */
export interface Tracer {
  startSpan(name: string, parent: string | undefined): Span;
}

export interface ReceiverOptions<Transaction = undefined> {
  /** So many events are handled at a time. */
  readonly concurrency?: number | undefined;
  /**
   * Events with the same key are handled one at a time, in the order in which their requests had arrived in full; those
   * without one in no order. When it is left out, only the events of one batch have an order.
   */
  readonly ordered?: ((event: CloudEvent) => string | undefined) | undefined;
  /** Beyond so many waiting events senders get 503 and `Retry-After`. */
  readonly maxQueued?: number | undefined;
  /** Events that do not pass all of them are acknowledged (202) and not handled. */
  readonly filter?: readonly Filter[] | undefined;
  /** Looks at a request before its body is read. */
  readonly authenticate?:
    ((request: IncomingMessage) => 'ok' | Unauthorised | Promise<'ok' | Unauthorised>) | undefined;
  /** Demands signed requests (Standard Webhooks). */
  readonly verifier?: Pick<Verifier, 'verify'> | undefined;
  /**
   * What the signature of a request must cover at least. That of structured and batch mode covers all of each event; that
   * of binary mode `webhook-id`, the time and the data, but none of the `ce-` headers, which whoever has seen the request
   * can send again in another way:
   *
   * - `id`, unless given: `webhook-id` must be the event's (`toWebhookId`); its other attributes are taken on trust.
   * - `event`: nothing is taken on trust, and binary mode refused.
   * - `data`: the id too is taken on trust, from senders that sign under ids of their own.
   */
  readonly signatureCovers?: 'event' | 'id' | 'data' | undefined;
  /** Answers who asks whether it may send here, and refuses who may not (CloudEvents web hooks, §4). */
  readonly handshake?: Handshake | undefined;
  /** Has each event handled once, however often it is delivered. */
  readonly inbox?: Inbox<Transaction> | undefined;
  readonly metrics?: ReceiveMetrics | undefined;
  readonly tracer?: Tracer | undefined;
  /**
   * Told of each failure that the sender learns only a status of; the event is missing when it failed before there was
   * one. A warning of the process when it is left out.
   */
  readonly onError?: ((error: unknown, event?: CloudEvent) => void) | undefined;
  readonly limits?: Partial<ReceiverLimits> | undefined;
  readonly clock?: Clock | undefined;
}
