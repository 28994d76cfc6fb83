/**
 * A CloudEvent 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) as a plain value, in the
 * layout of the JSON format: attributes by their names, extensions beside them, and `data`.
 *
 * What `data` is depends on `datacontenttype`: any JSON value when that is absent or a JSON media type
 * (`application/json`, `…+json`), a string for `text/*` and other text-like types that came as text, and a
 * `Uint8Array` for bytes (`data_base64` in JSON).
 *
 * Attribute values keep the text that they had on the wire: `time` is never parsed and printed again, so no digit of
 * its fraction is lost.
 */
export interface CloudEvent<Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  /** URI reference of the producer. */
  readonly source: string;
  readonly type: string;
  readonly subject?: string | undefined;
  /** RFC 3339. */
  readonly time?: string | undefined;
  readonly datacontenttype?: string | undefined;
  /** Absolute URI. */
  readonly dataschema?: string | undefined;
  readonly data?: Data | undefined;
  /** An extension attribute: `string`, `boolean` or a 32-bit integer. */
  readonly [extension: string]: unknown;
}

/** What the value of a context attribute can be in memory; URI, URI reference, timestamp and binary are strings. */
export type AttributeValue = string | number | boolean;
