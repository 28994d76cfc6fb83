import { InvalidEventError } from '../event/validate-event';
import { Refusal } from './refusal';

/**
 * The headers of a request from node's flat list of names and values. Lines of one name are one list (RFC 9110, §5.3),
 * but an attribute can be there only once.
 */
export function readHeaders(rawHeaders: readonly string[], maxHeaders: number): Record<string, string> {
  if (rawHeaders.length > maxHeaders * 2) {
    throw new Refusal(431, `the request has more than ${maxHeaders} headers`);
  }
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (before === undefined) headers[name] = value;
    else if (name.startsWith('ce-')) refuseRepeated(name);
    else headers[name] = `${before}, ${value}`;
  }
  return headers;
}

function refuseRepeated(name: string): never {
  throw new InvalidEventError([{ attribute: name.slice('ce-'.length), reason: 'has more than one header' }]);
}
