import type { CloudEvent } from '@fanfare/contracts';
import { eventually } from '@fanfare/core/testing';
import { openDatabase, type AppendAnswer, type AppendRequest, type EventLog } from '@fanfare/storage';
import type { Consumer } from '../../consumer/pipeline';
import type { ListedEvent } from '../../parked/parked-events';
import type { MessageBusUnderTest } from '../message-bus-under-test';
import { createConsumerFixture, type ConsumerFixture } from './consumer-fixture';
import { logRecorders } from './consumer-kinds';

/** The owner of a topic, a memory bus, and recorders of one group whose event log can be seen and made to fail. */
export interface RecorderFixture extends ConsumerFixture {
  readonly log: EventLog;
  /** What becomes of an append of the recorders. */
  onAppend: (request: AppendRequest) => Promise<AppendAnswer>;
  /** Resolves when the log holds these events and no others, in this order. */
  untilRecorded(...ids: readonly string[]): Promise<void>;
}

export async function createRecorderFixture(
  log: EventLog,
  bus: MessageBusUnderTest,
): Promise<RecorderFixture> {
  const append = (request: AppendRequest) => fixture.onAppend(request);
  const kind = logRecorders(() => Promise.resolve({ ...log, append }));
  const consumers = await createConsumerFixture({
    openDatabase: () => openDatabase('sqlite::memory:'),
    bus,
    kind,
  });
  const fixture: RecorderFixture = {
    ...consumers,
    log,
    onAppend: (request) => log.append(request),
    untilRecorded: (...ids) =>
      eventually(async () => {
        const { events } = await log.read({ limit: 1_000 });
        expect(events.map(({ event }) => event.id)).toEqual(ids);
      }),
  };
  return fixture;
}

/** Resolves when a recorder has that many dead letters. */
export async function untilDead(consumer: Consumer, count = 1): Promise<readonly ListedEvent[]> {
  return eventually(async () => {
    const dead = await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 });
    expect(dead).toHaveLength(count);
    return dead;
  });
}

/** An event as the body of a message. */
export function toBody(event: CloudEvent): Buffer {
  return Buffer.from(JSON.stringify(event));
}
