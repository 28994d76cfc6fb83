import type { Delivery, DeliveryHandler, Message } from '../bus/message-bus';

/** What a group's members were handed, in the order of the hand-overs. */
export interface Received {
  readonly deliveries: Delivery[];
  readonly batchSizes: number[];
  readonly handle: DeliveryHandler;
  ids(): readonly string[];
  idsOf(partition: number): readonly string[];
}

/** A handler that notes what it gets; `then` runs after that, and decides by rejecting or waiting. */
export function receive(then: DeliveryHandler = () => Promise.resolve()): Received {
  const deliveries: Delivery[] = [];
  const batchSizes: number[] = [];
  return {
    deliveries,
    batchSizes,
    async handle(batch, signal) {
      deliveries.push(...batch);
      batchSizes.push(batch.length);
      await then(batch, signal);
    },
    ids: () => deliveries.map(({ id }) => id),
    idsOf: (partition) =>
      deliveries.filter((delivery) => delivery.partition === partition).map(({ id }) => id),
  };
}

/** The message with this sequence; its id is `m-<sequence>`. */
export function sampleMessage(sequence: number, overrides: Partial<Message> = {}): Message {
  return {
    partition: 0,
    id: `m-${sequence}`,
    contentType: 'application/cloudevents+json',
    body: Buffer.from(`{"sequence":${sequence}}`),
    sequence,
    count: 1,
    ...overrides,
  };
}

/** The messages with the sequences `from` to `to`. */
export function sampleMessages(from: number, to: number, overrides: Partial<Message> = {}): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleMessage(from + index, overrides));
}

/** `m-<from>` to `m-<to>`. */
export function sampleIds(from: number, to: number): string[] {
  return sampleMessages(from, to).map(({ id }) => id);
}

/** A door that handlers wait at until it is opened. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
