import type { CloudEvent } from '../event/cloud-event';
import { createReceiver, type Receiver } from '../receiver/create-receiver';
import type { Handler } from '../receiver/handler';
import type { ReceiverOptions } from '../receiver/receiver-options';

/** A request as `fetch` takes it, easy to take apart. */
export interface TestRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when there is none. */
  readonly json: unknown;
}

export interface StartedReceiver {
  readonly receiver: Receiver;
  readonly url: string;
  /** Sends a POST unless `init` says otherwise. */
  readonly request: (init: RequestInit) => Promise<TestAnswer>;
  /** Sends an event in binary mode, its data as JSON. */
  readonly send: (event: Partial<CloudEvent>, headers?: Record<string, string>) => Promise<TestAnswer>;
  /** Sends events in batch mode. */
  readonly sendBatch: (
    events: readonly Partial<CloudEvent>[],
    headers?: Record<string, string>,
  ) => Promise<TestAnswer>;
}

export const sampleEvent = {
  specversion: '1.0',
  id: 'e-1',
  source: '/orders',
  type: 'order.created',
} as const satisfies CloudEvent;

export const sampleEventWithData = { ...sampleEvent, data: { total: 5 } };

/** Starts receivers on free ports, for the tests of one file; they are stopped after each test. */
export function useReceivers() {
  const started: Receiver[] = [];
  afterEach(() => Promise.all(started.splice(0).map((receiver) => receiver.stop())));

  return async function start(handler: Handler, options?: ReceiverOptions): Promise<StartedReceiver> {
    const receiver = createReceiver(handler, options);
    started.push(receiver);
    const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });
    const request = (init: RequestInit) => fetchAnswer(url, init);
    return {
      receiver,
      url,
      request,
      send: (event, headers) => request(toBinary({ ...sampleEvent, ...event }, headers)),
      sendBatch: (events, headers) => request(toBatch(events, headers)),
    };
  };
}

/** The same, each with what its handler got. */
export function useRecordingReceivers() {
  const start = useReceivers();

  return async function startRecording(
    options?: ReceiverOptions,
  ): Promise<StartedReceiver & { readonly events: readonly unknown[] }> {
    const events: unknown[] = [];
    return { ...(await start((event) => void events.push(event), options)), events };
  };
}

/** A request in binary mode; attributes that need percent-encoding are not for this. */
export function toBinary(
  { data, ...attributes }: CloudEvent,
  headers: Record<string, string> = {},
): TestRequest {
  const fromAttributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) fromAttributes[`ce-${name}`] = String(value);
  return {
    headers: { 'content-type': 'application/json', ...fromAttributes, ...headers },
    body: data === undefined ? '' : JSON.stringify(data),
  };
}

/** The same without data, as text for a raw connection. */
export function binaryHead(
  event: Readonly<Record<string, unknown>>,
  headers: readonly string[] = ['content-length: 0'],
): string {
  const attributes = Object.entries(event).map(([name, value]) => `ce-${name}: ${String(value)}`);
  return `${['POST / HTTP/1.1', 'host: x', ...attributes, ...headers].join('\r\n')}\r\n\r\n`;
}

export function toStructured(event: unknown): TestRequest {
  return { headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(event) };
}

export function toBatch(
  events: readonly Partial<CloudEvent>[],
  headers: Record<string, string> = {},
): TestRequest {
  return {
    headers: { 'content-type': 'application/cloudevents-batch+json', ...headers },
    body: JSON.stringify(events.map((event) => ({ ...sampleEvent, ...event }))),
  };
}

export async function fetchAnswer(url: string, init: RequestInit): Promise<TestAnswer> {
  const response = await fetch(url, { method: 'POST', ...init });
  const { status, headers } = response;
  const text = await response.text();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  return { status, headers, text, json };
}

/** Handlers that wait until they are let go, in the order in which they began. */
export function createGate() {
  const waiting: { readonly event: CloudEvent; readonly open: () => void }[] = [];
  return {
    waiting,
    handler: (event: CloudEvent) => new Promise<void>((resolve) => waiting.push({ event, open: resolve })),
    ids: () => waiting.map(({ event }) => event.id),
    openAll: () => {
      for (const { open } of waiting.splice(0)) open();
    },
  };
}
