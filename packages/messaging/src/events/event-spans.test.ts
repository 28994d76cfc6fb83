import { orderCreated, type CloudEvent } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openDatabase } from '@fanfare/storage';
import { createTopicLog } from '../outbox/topic-log';
import { createRelay } from '../relay/relay';
import { messageBusAdapters } from '../testing/adapters';
import { createConsumerFixture, type ConsumerFixture } from '../testing/consumer/consumer-fixture';
import { databaseConsumers } from '../testing/consumer/consumer-kinds';
import {
  newId,
  observe,
  orderCancelledEvent,
  orderCreatedEvent,
  systemClock,
} from '../testing/messaging-fixture';
import { createRecordingTracer, type RecordingTracer } from '../testing/recording-tracer';

/** An event in a trace of its own, right below its span `1111111111111111`. */
function traced(
  id: string,
  trace: string,
  event: CloudEvent = orderCreatedEvent(`o-${id}`, { id }),
): CloudEvent {
  return { ...event, id, traceparent: `00-${trace.repeat(32)}-1111111111111111-01` };
}

describe('spans of events', () => {
  let fixture: ConsumerFixture;
  let tracer: RecordingTracer;

  beforeEach(async () => {
    const [memory] = messageBusAdapters();
    if (!memory || 'missing' in memory.underTest) throw new Error('the memory bus needs nothing');
    fixture = await createConsumerFixture({
      openDatabase: () => openDatabase('sqlite::memory:'),
      bus: memory.underTest,
      kind: databaseConsumers,
    });
    tracer = createRecordingTracer();
  });
  afterEach(() => fixture.close());

  const observer = () => ({ ...observe(), tracer });
  const shown = () =>
    tracer.spans.map(({ name, attributes, error }) => {
      const id = String(attributes?.['messaging.message.id']);
      return `${name.split(' ')[0] ?? ''} ${id}${error === undefined ? '' : ' failed'}`;
    });

  it('that are published together stand each in its own trace, linked to the first', async () => {
    const { owner: database, bus, topic } = fixture;
    const topicLog = createTopicLog({ database, clock: systemClock, topic });
    await fixture.commit(traced('a', 'a'), traced('b', 'b'));
    const relay = createRelay({ database, topicLog, bus, clock: systemClock, newId, observer: observer() });
    const stopping = new AbortController();
    const running = relay.run(stopping.signal);

    await eventually(() => {
      expect(shown()).toEqual(['publish a', 'publish b']);
    });
    stopping.abort();
    await running;

    const [first, second] = tracer.spans;
    expect(first).toMatchObject({ parent: traced('a', 'a').traceparent, kind: 'producer', links: [] });
    expect(second).toMatchObject({ parent: traced('b', 'b').traceparent, links: [first?.traceparent] });
    expect(first?.attributes).toMatchObject({
      'messaging.destination.name': topic,
      'messaging.batch.message_count': 2,
    });
  });

  it('tell of each attempt that counts, and of none while a dependency is away', async () => {
    let calls = 0;
    fixture.beforeEffect = ({ id }) => {
      calls += 1;
      if (calls === 1) throw new AppError('unavailable', 'the price list is away');
      if (id === 'bad') throw new Error('no');
    };
    await fixture.start({
      observer: observer(),
      retry: { maxAttempts: 2, backoff: { firstMs: 1, maxMs: 1 } },
    });

    await fixture.send(await fixture.commit(traced('good', 'a'), traced('bad', 'b')));

    await eventually(() => {
      expect(shown()).toEqual([
        'process good',
        'process bad failed',
        'process bad failed',
        'dead-letter bad',
      ]);
    });
    const { traceparent } = traced('bad', 'b');
    for (const span of tracer.spans.slice(1)) expect(span.parent).toBe(traceparent);
  });

  it('show no event that the group passes over or has had already', async () => {
    const message = await fixture.commit(
      traced('a', 'a'),
      traced('other', 'b', orderCancelledEvent('o-other')),
      traced('c', 'c'),
    );
    await fixture.start({ observer: observer(), handled: [orderCreated] });

    await fixture.send(message, message);
    await fixture.untilApplied('a', 'c');
    await eventually(() => {
      expect(shown()).toEqual(['process a', 'process c']);
    });
  });

  it('are none for bytes in which no trace can be read', async () => {
    const { consumer } = await fixture.start({ observer: observer() });

    await fixture.send({
      partition: 0,
      id: 'm',
      contentType: 'application/json',
      count: 1,
      body: Buffer.from('no {json'),
    });
    await eventually(async () => {
      expect(await consumer.parked.counts()).toMatchObject([{ state: 'dead', count: 1 }]);
    });
    await consumer.parked.redrive('all');

    expect(shown()).toEqual([]);
  });
});
