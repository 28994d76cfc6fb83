import { AppError, createMutex, toError, type Clock, type Mutex } from '@fanfare/core';
import type { Message as KafkaRecord, Producer, RecordMetadata } from 'kafkajs';
import { within } from '../within';
import { createKafkaClient, type KafkaClient } from './client';
import { ensureTopic, type TopicLayout } from './topics';

export interface SenderOptions {
  readonly url: string;
  readonly name: string;
  readonly clock: Clock;
}

/** Sends records in the order of the calls. */
export interface Sender {
  /**
   * Resolves when every in-sync replica has all records. Rejects with `unavailable` otherwise, and so do the calls that
   * wait behind it: nothing may overtake what its caller will send again.
   */
  send(layout: TopicLayout, records: readonly KafkaRecord[]): Promise<void>;
  /** Waits a few seconds for what is under way, then disconnects. Idempotent. */
  close(): Promise<void>;
}

/** An idempotent producer until something fails, and the calls that take turns at it. */
interface Session {
  readonly client: Promise<KafkaClient>;
  readonly producer: Promise<Producer>;
  readonly turns: Mutex;
  /** Topics that are known to be there, with so many partitions. */
  readonly ensured: Map<string, number | undefined>;
  /** Aborts, with the reason, when the session is given up. */
  readonly ended: AbortController;
}

const openTimeoutMs = 3_000;
const confirmTimeoutMs = 15_000;
/** How long closing waits for the last records, and then for the broker's goodbye. */
const lastRecordsMs = 4_000;
const goodbyeMs = 1_000;
const sendRetries = 12;
/** A partition's records in one request are one batch: no larger than half of what a topic accepts by default. */
const maxRequestBytes = 512 * 1024;
const allReplicas = -1;

/**
 * Connects when it is first needed. kafkajs repeats a failed request under the same sequence numbers, so that the
 * broker drops what it has already; order and uniqueness hold because one request at a time is under way. A request
 * that is given up all the same ends the session with its connections, and the next call begins a new one.
 */
export function createSender({ url, name, clock }: SenderOptions): Sender {
  let session: Session | undefined;
  let closing: Promise<void> | undefined;

  function openSession(): Session {
    const client = createKafkaClient({ url, name });
    const producer = client.then(connectProducer);
    return { client, producer, turns: createMutex(), ensured: new Map(), ended: new AbortController() };
  }

  function giveUp(given: Session, reason: Error): void {
    given.ended.abort(reason);
    if (session === given) session = undefined;
    given.client.then(
      (client) => {
        client.destroy();
      },
      () => undefined,
    );
  }

  async function sendInTurn(current: Session, layout: TopicLayout, records: readonly KafkaRecord[]) {
    const { signal } = current.ended;
    signal.throwIfAborted();
    const opening = { clock, ms: openTimeoutMs, what: 'connecting', signal };
    const producer = await within(opening, () => current.producer);
    const sending = { clock, ms: confirmTimeoutMs, what: `records of ${layout.topic}`, signal };
    await within(sending, async () => {
      await ensureOnce(current, layout);
      for (const messages of requestsOf(records)) {
        const confirmed = await producer.send({ topic: layout.topic, acks: allReplicas, messages });
        assertNoneDropped(messages, confirmed);
      }
    });
  }

  async function closeSession(last: Session): Promise<void> {
    await within({ clock, ms: lastRecordsMs, what: 'the last records' }, () =>
      last.turns.run(() => Promise.resolve()),
    ).catch(() => undefined);
    await within({ clock, ms: goodbyeMs, what: 'disconnecting' }, async () =>
      (await last.producer).disconnect(),
    ).catch(() => undefined);
    giveUp(last, closedError());
  }

  return {
    async send(layout, records) {
      if (closing) throw closedError();
      if (records.length === 0) return;
      const current = (session ??= openSession());
      await current.turns.run(async () => {
        try {
          await sendInTurn(current, layout, records);
        } catch (error) {
          giveUp(current, toError(error));
          throw error;
        }
      });
    },
    close: () => (closing ??= session ? closeSession(session) : Promise.resolve()),
  };
}

async function connectProducer({ kafka }: KafkaClient): Promise<Producer> {
  const { Partitioners } = await import('kafkajs');
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: sendRetries },
  });
  await producer.connect();
  return producer;
}

async function ensureOnce({ client, ensured }: Session, layout: TopicLayout): Promise<void> {
  if (ensured.has(layout.topic) && ensured.get(layout.topic) === layout.partitions) return;
  await ensureTopic(await client, layout);
  ensured.set(layout.topic, layout.partitions);
}

function* requestsOf(records: readonly KafkaRecord[]): Generator<KafkaRecord[]> {
  let request: KafkaRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const length = Buffer.byteLength(record.value ?? '');
    if (request.length > 0 && bytes + length > maxRequestBytes) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(record);
    bytes += length;
  }
  yield request;
}

/** kafkajs leaves out, without a word, the records of partitions that it has not heard of yet. */
function assertNoneDropped(records: readonly KafkaRecord[], confirmed: readonly RecordMetadata[]): void {
  const written = new Set(confirmed.map(({ partition }) => partition));
  const dropped = records.find(({ partition }) => partition !== undefined && !written.has(partition));
  if (dropped) throw new AppError('unavailable', `the topic has no partition ${dropped.partition} yet`);
}

function closedError(): AppError {
  return new AppError('unavailable', 'the connection to Kafka is closed');
}
