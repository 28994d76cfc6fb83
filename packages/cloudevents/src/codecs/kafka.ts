import { isUtf8 } from 'node:buffer';
import type { CloudEvent } from '../event/cloud-event';
import {
  readHeaders,
  refusedNames,
  toCanonicalString,
  toEvent,
  writeHeaders,
  type HeaderLayout,
} from './binary-mode';
import { viewAsBuffer } from './charset';
import { UnsupportedMediaTypeError, detectMode, readFormat } from './content-mode';
import { encodeData } from './data';
import type { HttpMode } from './http-message';
import { decodeJson, encodeJson, eventMediaType } from './json';

/** A record to be written, in the shape that kafkajs takes. */
export interface KafkaMessage {
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers: Record<string, string>;
}

type KafkaHeader = Uint8Array | string | readonly (Uint8Array | string)[];

/** As much of a record that was read as makes the event, in the shape that kafkajs gives. */
export interface ReceivedKafkaMessage {
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, KafkaHeader | undefined>> | undefined;
}

export interface EncodeKafkaOptions {
  /** Key of the record, `null` for none; the event's `partitionkey` when absent (§3.1). */
  readonly key?: string | null | undefined;
}

const layout: HeaderLayout<KafkaHeader> = {
  prefix: 'ce_',
  encode: (text) => text,
  toText,
  decode: (text) => text,
  rule: 'must be one header in UTF-8',
  refused: new Map(refusedNames),
};

/**
 * Lays out one event (Kafka protocol binding 1.0.2). The event is trusted: validate it before.
 *
 * An event without data has no value in binary mode: where the log is compacted, that deletes the key (§3.2.2). Kafka
 * has no types of attributes either; like over HTTP, extensions come back as strings, and JSON data with a
 * `datacontenttype`.
 *
 * @throws InvalidEventError when JSON, or the charset of `datacontenttype`, cannot hold the data
 */
export function encodeKafka(
  event: CloudEvent,
  mode: HttpMode,
  { key = toCanonicalString(event['partitionkey']) ?? null }: EncodeKafkaOptions = {},
): KafkaMessage {
  if (mode === 'structured') {
    return { key, value: encodeJson(event), headers: { 'content-type': eventMediaType } };
  }
  const data = encodeData(event) ?? null;
  return {
    key,
    value: data instanceof Uint8Array ? viewAsBuffer(data) : data,
    headers: writeHeaders(event, layout),
  };
}

/**
 * Reads the event of a record in whichever mode its headers say; the key is no part of it. A `ce_datacontenttype`, which
 * the official JavaScript SDK writes too, gives way to `content-type`.
 *
 * @throws InvalidEventError when it is not valid, naming each attribute
 * @throws UnsupportedMediaTypeError when it is no CloudEvent at all, and for a batch, which Kafka does not have (§1.3)
 */
export function decodeKafka({ value, headers = {} }: ReceivedKafkaMessage): CloudEvent {
  const read = readHeaders(headers, layout);
  const { contentType = '', hasAttributes } = read;
  const mode = detectMode(contentType);
  if (mode === 'structured') return decodeJson(readFormat(value ?? '', contentType, 'event'));
  if (mode === 'batch') throw new UnsupportedMediaTypeError('a record holds one event, not a batch');
  if (!hasAttributes) throw new UnsupportedMediaTypeError('neither a type of CloudEvents nor ce_ headers');
  return toEvent(read, value ?? undefined);
}

function toText(value: KafkaHeader): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array && isUtf8(value) ? viewAsBuffer(value).toString() : undefined;
}
