import type { AcceptedMessage } from '../message-rows';

/** A plain message of which only what matters is given. */
export function sampleMessage(parts: Partial<AcceptedMessage> = {}): AcceptedMessage {
  return {
    id: 'm-1',
    kind: 'message',
    type: 'message',
    body: { text: 'hello' },
    senderId: 'alice',
    recipientIds: ['bob'],
    isBroadcast: false,
    priority: 'normal',
    source: null,
    correlationId: null,
    deliverAt: null,
    expiresAt: null,
    deadline: null,
    timeoutMs: 30_000,
    retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 },
    trace: { correlationid: 'c-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    acceptedAt: new Date('2026-01-01T00:00:00.000Z'),
    requestHash: 'a-hash',
    cacheKey: null,
    work: null,
    ...parts,
  };
}
