import type { AttributeValue, CloudEvent } from '../event/cloud-event';

const attributeName = /^[a-z0-9]+$/;

/** Whether a context attribute can have this name: ASCII letters in lower case and digits, and not `data`. */
export function isAttributeName(name: string): boolean {
  return attributeName.test(name) && name !== 'data';
}

/**
 * The value of a context attribute, `undefined` when the event lacks it. What the event merely inherits, what is
 * neither text, number nor boolean, and `data` are no attributes.
 */
export function readAttribute(event: CloudEvent, name: string): AttributeValue | undefined {
  const value = event[name];
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return name !== 'data' && Object.hasOwn(event, name) ? value : undefined;
}
