import { commands } from '../kinds/command/command';
import { plainMessages } from '../kinds/message/message';
import { sendBodies, type SendBody } from './message-schemas';
import { newMessage } from './new-message';
import type { SentKind } from './sent-kind';

const now = new Date('2026-01-01T00:00:00.000Z');
const at = (ms: number) => new Date(now.getTime() + ms);

function makeMessage(parts: Partial<SendBody>, kind: SentKind = commands) {
  const body = sendBodies(3).send.parse({ sender_id: 'a', message: {}, ...parts });
  return newMessage({
    id: 'm-1',
    kind,
    body,
    now,
    recipientIds: ['b'],
    isBroadcast: false,
    messageTimeoutMs: 30_000,
    read: { id: 'm-1', type: 't', body: null, source: null },
    trace: { correlationid: 'c', traceparent: 't' },
  });
}

describe('the times of a message', () => {
  it.each([
    ['has MESSAGE_TIMEOUT to be answered', {}, { deadline: at(30_000), timeoutMs: 30_000, deliverAt: null }],
    ['has its own time', { timeout_ms: 500 }, { deadline: at(500), timeoutMs: 500 }],
    ['is not tried by web hook for longer than 30 s', { timeout_ms: 99_000 }, { timeoutMs: 30_000 }],
    [
      'has its time from when it may be delivered',
      { deliver_at: at(60_000).toISOString(), timeout_ms: 500, ttl_ms: 100 },
      { deliverAt: at(60_000), deadline: at(60_500), expiresAt: at(60_100) },
    ],
    [
      'has its time from now, if it might have been delivered before',
      { deliver_at: at(-60_000).toISOString(), timeout_ms: 500, ttl_ms: 100 },
      { deadline: at(500), expiresAt: at(100) },
    ],
    [
      'is tried three times',
      {},
      { retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 } },
    ],
  ])('a command %s', (_, parts, expected) => {
    expect(makeMessage(parts)).toMatchObject(expected);
  });

  it('are none, for a plain message that names none', () => {
    expect(makeMessage({}, plainMessages)).toMatchObject({
      deadline: null,
      expiresAt: null,
      deliverAt: null,
    });
  });
});
