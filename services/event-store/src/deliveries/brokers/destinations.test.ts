import { decodeKafka, type CloudEvent } from '@fanfare/cloudevents';
import { createVirtualClock } from '@fanfare/core';
import type { ExchangeMessage, OutgoingRecord } from '@fanfare/messaging';
import type { KafkaEndpoint } from '../../observers/broker-endpoint';
import { createAmqpDestination } from './amqp-destination';
import { createDestinations } from './destinations';
import { createKafkaDestination } from './kafka-destination';

const close = () => Promise.resolve();
const eventOf = (position: number, subject?: string): CloudEvent => ({
  specversion: '1.0',
  id: `e-${position}`,
  type: 'com.fanfare.order.created.v1',
  source: '/t',
  ...(subject !== undefined && { subject }),
  position: String(position),
  datacontenttype: 'application/json',
  data: { position },
});

describe('a topic of Kafka', () => {
  const endpoint = { scheme: 'kafka', broker: 'billing', topic: 'orders' } as const;

  it('gets events in binary mode, with their subjects as keys and their positions as headers', async () => {
    const sent: { readonly topic: string; readonly records: readonly OutgoingRecord[] }[] = [];
    const send = (topic: string, records: readonly OutgoingRecord[]) =>
      Promise.resolve(void sent.push({ topic, records }));
    const events = [eventOf(1, 's'), eventOf(2)];

    expect(await createKafkaDestination({ send, close }, endpoint).put(events)).toEqual([null, null]);

    expect(sent).toMatchObject([
      {
        topic: 'orders',
        records: [
          { key: 's', headers: { position: '1', ce_position: '1', ce_id: 'e-1' } },
          { key: 'e-2', headers: { position: '2' } },
        ],
      },
    ]);
    expect(sent[0]?.records.map((record) => decodeKafka(record))).toMatchObject(events);
  });

  it('has none of what was not confirmed', async () => {
    const failure = new Error('away');
    const send = () => Promise.reject(failure);

    const put = createKafkaDestination({ send, close }, endpoint).put([eventOf(1), eventOf(2)]);

    expect(await put).toEqual([failure, failure]);
  });
});

describe('an exchange of RabbitMQ', () => {
  const openExchange = (routingKey: string | undefined, refuse: (id: string) => boolean = () => false) => {
    const published: ExchangeMessage[] = [];
    const publish = (message: ExchangeMessage) => {
      published.push(message);
      return refuse(message.id) ? Promise.reject(new Error('unrouted')) : Promise.resolve();
    };
    const endpoint = { scheme: 'amqp', broker: 'partner', exchange: 'events', routingKey } as const;
    return { published, destination: createAmqpDestination({ publish, close }, endpoint) };
  };

  it('gets events in structured mode, with their positions as headers', async () => {
    const { published, destination } = openExchange('paid');

    expect(await destination.put([eventOf(1, 's')])).toEqual([null]);

    const [message] = published;
    expect(message).toMatchObject({
      exchange: 'events',
      routingKey: 'paid',
      id: 'e-1',
      contentType: 'application/cloudevents+json',
      headers: { position: '1' },
    });
    expect(JSON.parse(message?.body.toString() ?? '')).toEqual(eventOf(1, 's'));
  });

  it('gets them by the names of their types unless a routing key is given', async () => {
    const { published, destination } = openExchange(undefined);

    await destination.put([eventOf(1), { ...eventOf(2), type: 'com.example.sensor.read' }]);

    expect(published.map(({ routingKey }) => routingKey)).toEqual([
      'order.created',
      'com.example.sensor.read',
    ]);
  });

  it('gets none whose predecessor of the same subject it did not get', async () => {
    const { published, destination } = openExchange('paid', (id) => id === 'e-1');

    const failures = await destination.put([eventOf(1, 's'), eventOf(2, 'other'), eventOf(3, 's')]);

    expect(failures.map((failure) => failure?.message ?? null)).toEqual(['unrouted', null, 'unrouted']);
    expect(published.map(({ id }) => id)).toEqual(['e-1', 'e-2']);
  });
});

describe('places at brokers', () => {
  const orders: KafkaEndpoint = { scheme: 'kafka', broker: 'billing', topic: 'orders' };

  function setUp() {
    const clock = createVirtualClock();
    const opened: string[] = [];
    const closed: string[] = [];
    const destinations = createDestinations({
      brokers: new Map([['billing', 'kafka://host']]),
      clock,
      open(url, endpoint) {
        const name = `${url} ${JSON.stringify(endpoint)}`;
        opened.push(name);
        return {
          put: (events) => Promise.resolve(events.map(() => null)),
          close: () => Promise.resolve(void closed.push(name)),
        };
      },
    });
    return { clock, opened, closed, destinations };
  }

  it('are shared by all who borrow the same, and closed some time after the last gave it back', async () => {
    const { clock, opened, closed, destinations } = setUp();
    const [one, two] = [destinations.borrow(orders), destinations.borrow(orders)];
    const other = destinations.borrow({ ...orders, topic: 'payments' });

    await one.close();
    await one.close();
    await clock.advance(60_000);
    expect([opened.length, closed.length]).toEqual([2, 0]);
    await two.close();
    await clock.advance(29_999);
    const again = destinations.borrow(orders);
    await clock.advance(60_000);
    expect([opened.length, closed.length]).toEqual([2, 0]);
    await again.close();
    await clock.advance(30_000);
    expect(closed).toEqual(opened.slice(0, 1));

    destinations.borrow(orders);
    await other.close();
    await destinations.close();
    expect([opened.length, closed.length]).toEqual([3, 3]);
    expect(clock.pending).toBe(0);
  });

  it('take nothing at a broker that nobody has named', async () => {
    const { opened, destinations } = setUp();

    const nowhere = destinations.borrow({ ...orders, broker: 'gone' });

    expect(await nowhere.put([eventOf(1)])).toMatchObject([
      { message: 'the endpoint must name a broker of OBSERVER_BROKERS: there are kafka://billing' },
    ]);
    expect(opened).toEqual([]);
  });
});
