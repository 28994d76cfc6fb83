import { newId, orderCreatedEvent, orderTransitionEvent } from '../../test/support/order-events';
import { toOrderEvent, traceOf } from './order-event';

describe('order events', () => {
  it('hand their trace on to what follows from them', () => {
    const cloudEvent = orderCreatedEvent('order-1');
    const event = toOrderEvent(cloudEvent);

    expect(event && traceOf(event, newId)).toEqual({
      correlationid: cloudEvent.correlationid,
      causationid: cloudEvent.id,
      traceparent: cloudEvent.traceparent,
    });
  });

  it('begin a trace when they carry none', () => {
    const bare = {
      ...orderTransitionEvent('order-1', 'shipped'),
      correlationid: undefined,
      traceparent: undefined,
    };
    const event = toOrderEvent(bare);

    expect(event && traceOf(event, newId)).toEqual({
      correlationid: bare.id,
      causationid: bare.id,
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) as string,
    });
  });

  it('are only those of which customers are told', () => {
    expect(
      toOrderEvent({ ...orderCreatedEvent('order-1'), type: 'com.fanfare.order.updated.v1' }),
    ).toBeNull();
  });
});
