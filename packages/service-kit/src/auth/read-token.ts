import { parseQuery } from '../http/validate';
import { severalTokens, tokenMissing } from './unauthorised';

/** Node keeps the first of several `Authorization` headers and drops the rest; here they are all there. */
function countAuthorizations(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}

/** What stands in the headers of a request. */
export interface RequestHead {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders: readonly string[];
}

/** The token of a request, by `Authorization: Bearer` (RFC 6750, §2.1), the only way that is taken. Throws when there is none. */
export function readBearerToken({ headers, rawHeaders }: RequestHead): string {
  const token = findBearerToken(headers['authorization']);
  if (token === undefined) throw tokenMissing;
  if (countAuthorizations(rawHeaders) > 1) throw severalTokens;
  return token;
}

const scheme = /^bearer +([^\s,]+)$/i;

function findBearerToken(authorization: string | string[] | undefined): string | undefined {
  return typeof authorization === 'string' ? scheme.exec(authorization)?.[1] : undefined;
}

/** In front of the token in `Sec-WebSocket-Protocol`: what a page of a browser can send where it can set no header. */
export const tokenProtocolPrefix = 'fanfare.jwt.';

interface UpgradeHead extends RequestHead {
  readonly url?: string | undefined;
}

/** How a WebSocket says who it is for. */
export type Credential = { readonly token: string } | { readonly ticket: string };

/** The token or ticket of a request for a WebSocket: exactly one, in one of its three ways. Throws for none and for several. */
export function readCredential({ headers, rawHeaders, url = '/' }: UpgradeHead): Credential {
  const protocols = String(headers['sec-websocket-protocol'] ?? '').split(',');
  const offered = protocols.map((each) => each.trim()).filter((each) => each.startsWith(tokenProtocolPrefix));
  const { ticket } = parseQuery(url.split('?')[1] ?? '');
  const given: Credential[] = offered.map((each) => ({ token: each.slice(tokenProtocolPrefix.length) }));
  if (headers['authorization'] !== undefined) given.push({ token: readBearerToken({ headers, rawHeaders }) });
  if (ticket !== undefined) given.push({ ticket });
  const [only, ...others] = given;
  if (!only) throw tokenMissing;
  if (others.length > 0) throw severalTokens;
  return only;
}
