import type { CloudEvent } from '../event/cloud-event';

/** What is left of an event in binary mode, where extensions have no type and JSON data names its own. */
export function asUntyped(event: CloudEvent): CloudEvent {
  const { data, ...attributes } = event;
  const texts = Object.entries(attributes).map(([name, value]) => [name, String(value)]);
  const isJsonByDefault = data !== undefined && !(data instanceof Uint8Array);
  const implied = isJsonByDefault && { datacontenttype: 'application/json' };
  return { ...event, ...implied, ...(Object.fromEntries(texts) as CloudEvent) };
}
