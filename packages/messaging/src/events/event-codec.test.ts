import { orderCreatedEvent } from '../testing/messaging-fixture';
import { decodeDelivery, eventBatchType, singleEventType } from './event-codec';

const delivery = (body: string, count = 1, sequence: number | undefined = 7) => ({
  partition: 0,
  id: 'm-1',
  contentType: count === 1 ? singleEventType : eventBatchType,
  body: Buffer.from(body),
  sequence,
  count,
});

describe('decodeDelivery', () => {
  it('takes a batch apart and numbers its events', () => {
    const events = [orderCreatedEvent('order-1'), orderCreatedEvent('order-2')];

    const decoded = decodeDelivery(delivery(JSON.stringify(events), 2));

    expect(decoded).toMatchObject([
      { kind: 'event', sequence: 7, event: events[0] },
      { kind: 'event', sequence: 8, event: events[1] },
    ]);
  });

  it('keeps extension attributes and data that it does not know', () => {
    const event = orderCreatedEvent('order-1');
    const richer = {
      ...event,
      comexampleextra: 'kept',
      data: { ...(event.data as object), added_later: true },
    };

    const decoded = decodeDelivery(delivery(JSON.stringify(richer)));

    expect(decoded).toMatchObject([{ kind: 'event', event: richer }]);
  });

  it.each([
    ['bytes that are not JSON', 'hello', /not JSON/],
    [
      'JSON that nobody could write again',
      `[${'['.repeat(50_000)}${']'.repeat(50_000)}]`,
      /nested more deeply/,
    ],
    ['JSON that is no CloudEvent', '{"order_id":"1"}', /specversion/],
    ['an empty object', '{}', /not a valid event/],
    ['null', 'null', /not a valid event/],
    [
      'a type that the catalogue does not know',
      JSON.stringify({ ...orderCreatedEvent('o'), type: 'com.x.y.v1' }),
      /unknown event type/,
    ],
    [
      'data that breaks the schema',
      JSON.stringify({ ...orderCreatedEvent('o'), data: { order_id: 'o' } }),
      /customer_id/,
    ],
  ])('refuses %s and keeps its bytes', (_, body, reason) => {
    const decoded = decodeDelivery(delivery(body));

    expect(decoded).toMatchObject([{ kind: 'malformed', sequence: 7, span: 1, body: Buffer.from(body) }]);
    expect(decoded[0]).toHaveProperty('reason', expect.stringMatching(reason));
  });

  it('refuses one bad event of a batch and lets its neighbours through', () => {
    const events = [orderCreatedEvent('order-1'), { id: 'bad' }, orderCreatedEvent('order-2')];

    const decoded = decodeDelivery(delivery(JSON.stringify(events), 3));

    expect(decoded.map(({ kind, sequence }) => [kind, sequence])).toEqual([
      ['event', 7],
      ['malformed', 8],
      ['event', 9],
    ]);
  });

  it('lets unreadable bytes stand for all the events that the message held', () => {
    expect(decodeDelivery(delivery('[{', 5))).toMatchObject([{ kind: 'malformed', sequence: 7, span: 5 }]);
  });

  it('believes no sequence of who says that unreadable bytes hold more than the relay sends', () => {
    expect(decodeDelivery(delivery('[{', 128))).toMatchObject([{ sequence: 7, span: 128 }]);
    expect(decodeDelivery(delivery('[{', 129))).toMatchObject([{ sequence: undefined, span: 1 }]);
    expect(decodeDelivery(delivery('[]', 1e12))).toMatchObject([{ sequence: undefined, span: 1 }]);
  });

  it('refuses a batch that holds another number of events than it says', () => {
    const decoded = decodeDelivery(delivery(JSON.stringify([orderCreatedEvent('order-1')]), 2));

    expect(decoded).toMatchObject([{ kind: 'malformed', span: 2 }]);
  });
});
