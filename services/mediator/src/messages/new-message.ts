import type { TraceContext } from '@fanfare/contracts';
import { longestTryMs, type NewMessage } from './message';
import type { SendBody } from './message-schemas';
import type { ReadMessage, SentKind } from './sent-kind';

export interface MessageContent {
  readonly id: string;
  readonly kind: SentKind;
  readonly read: ReadMessage;
  readonly body: SendBody;
  readonly recipientIds: readonly string[];
  readonly isBroadcast: boolean;
  readonly now: Date;
  /** For an answer, unless the request says. */
  readonly messageTimeoutMs: number;
  readonly trace: TraceContext;
}

/** The message that a request makes. Its times count from `deliver_at` where that is to come. */
export function newMessage({ id, kind, read, body, now, trace, ...content }: MessageContent): NewMessage {
  const deliverAt = body.deliver_at === undefined ? null : new Date(body.deliver_at);
  const startMs = Math.max(now.getTime(), deliverAt?.getTime() ?? 0);
  const timeoutMs = body.timeout_ms ?? content.messageTimeoutMs;
  return {
    id,
    kind: kind.kind,
    type: read.type,
    body: read.body,
    senderId: body.sender_id,
    recipientIds: content.recipientIds,
    isBroadcast: content.isBroadcast,
    priority: body.priority,
    source: read.source,
    correlationId: body.correlation_id ?? null,
    deliverAt,
    expiresAt: body.ttl_ms === undefined ? null : new Date(startMs + body.ttl_ms),
    deadline: kind.isAnswered ? new Date(startMs + timeoutMs) : null,
    timeoutMs: Math.min(timeoutMs, longestTryMs),
    retry: body.retry,
    trace,
  };
}
