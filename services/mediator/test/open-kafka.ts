import { randomUUID } from 'node:crypto';
import { createEvent, decodeKafka, encodeKafka, type CloudEvent } from '@fanfare/cloudevents';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openRecordProducer, type OutgoingRecord } from '@fanfare/messaging';
import { readKafkaTopic, type ReadRecord } from '@fanfare/messaging/testing';

interface NewCommand {
  readonly id?: string;
  readonly source?: string;
  readonly correlationid?: string;
}

/** A Kafka as those see it who work with the mediator through it. */
export interface KafkaForTest extends AsyncDisposable {
  /** Sends a command for each body, in order; resolves with their ids. */
  command(type: string, data: object, attributes?: NewCommand): Promise<string>;
  send(record: OutgoingRecord): Promise<void>;
  /** The responses to these commands, in the order of the topic. */
  responses(ids: readonly string[], count?: number): Promise<readonly Response[]>;
  /** What was told of a mediator, in the order of the topic. */
  facts(mediator: string, count: number): Promise<readonly Told[]>;
}

export interface Response {
  readonly key: string | null;
  readonly event: CloudEvent;
  readonly data: { readonly command_id: string; readonly status: number; readonly [name: string]: unknown };
}

export interface Told {
  readonly key: string | null;
  readonly event: CloudEvent;
}

export function openKafkaForTest(url: string): KafkaForTest {
  const producer = openRecordProducer(url, { clock: createSystemClock(), name: 'test' });
  const send = (record: OutgoingRecord) => producer.send('mediator-commands', [record]);
  // the first record makes the topic
  const read = (topic: string, count: number, isWanted: (record: ReadRecord) => boolean) =>
    eventually(() => readKafkaTopic(url, topic, count, isWanted), { timeoutMs: 20_000, everyMs: 100 });
  return {
    send,
    async command(type, data, { id = randomUUID(), source = '/test', ...attributes } = {}) {
      const event = createEvent({ type, id, source, data, ...attributes });
      const { mediator, name } = data as { readonly mediator?: string; readonly name?: string };
      await send(encodeKafka(event, 'binary', { key: mediator ?? name ?? null }));
      return id;
    },
    async responses(ids, count = ids.length) {
      const records = await read('mediator-responses', count, ({ headers }) =>
        ids.includes(headers['ce_causationid'] ?? ''),
      );
      return records.map((record) => {
        const event = decodeKafka(record);
        return { key: record.key, event, data: event.data as Response['data'] };
      });
    },
    async facts(mediator, count) {
      const records = await read('mediator-events', count, ({ key }) => key === mediator);
      return records.map((record) => ({ key: record.key, event: decodeKafka(record) }));
    },
    [Symbol.asyncDispose]: () => producer.close(),
  };
}
