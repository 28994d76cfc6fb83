import { encodeHttp } from '@fanfare/cloudevents';
import type { Delivery } from '../mailbox/delivery';
import { toEvent } from './to-event';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const delivery: Delivery = {
  id: 'c-1',
  kind: 'command',
  type: 'reserve',
  data: { quantity: 2 },
  sender_id: 'shop',
  recipient_id: 'inventory',
  timestamp: '2026-01-01T00:00:00.000Z',
  priority: 'high',
  broadcast: false,
  source: null,
  correlation_id: 'o-1',
  attempt: 2,
  expires_at: null,
  reply_expected: true,
  deadline: '2026-01-01T00:00:30.000Z',
};
const headersOf = (parts: Partial<Delivery>) => {
  const taken = { delivery: { ...delivery, ...parts }, timeoutMs: 30_000, traceparent };
  return encodeHttp(toEvent('orders', taken), 'binary');
};

describe('a delivery as an event', () => {
  it('names the mediator as its source, the recipient as its subject, and all else that the recipient needs', () => {
    expect(headersOf({})).toEqual({
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'c-1',
        'ce-type': 'reserve',
        'ce-source': '/mediator/orders',
        'ce-subject': 'inventory',
        'ce-time': '2026-01-01T00:00:00.000Z',
        'ce-kind': 'command',
        'ce-senderid': 'shop',
        'ce-priority': 'high',
        'ce-attempt': '2',
        'ce-correlationid': 'o-1',
        'ce-deadline': '2026-01-01T00:00:30.000Z',
        'ce-traceparent': traceparent,
        'content-type': 'application/json',
      },
      body: '{"quantity":2}',
    });
  });

  it('leaves out what the message does not have', () => {
    const { headers } = headersOf({ sender_id: null, correlation_id: null, deadline: null });

    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/senderid|correlationid|deadline/)]),
    );
  });

  it.each(['a\nb', 'a\uffffb'])(
    'goes without the correlation %j, which no event can carry',
    (correlation_id) => {
      const { headers } = headersOf({ correlation_id });

      expect(headers).toMatchObject({ 'ce-id': 'c-1' });
      expect(headers).not.toHaveProperty('ce-correlationid');
    },
  );

  it.each([{ a: 1 }, [], 'text', 0, false, null])(
    'of a plain message carries the content %j as JSON',
    (content) => {
      const { data, ...rest } = delivery;
      const taken = { delivery: { ...rest, kind: 'message' as const, content }, timeoutMs: 1, traceparent };

      expect(encodeHttp(toEvent('m', taken), 'binary').body).toBe(JSON.stringify(content));
      expect(data).toBeDefined();
    },
  );
});
