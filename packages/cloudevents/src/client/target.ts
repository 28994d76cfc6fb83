import { AppError } from '@fanfare/core';

/** Where a client sends to. */
export interface Target {
  readonly isSecure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  /** `host`, and basic authorisation when the URL holds a user. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fit for a log: without user and query, which may be secret. */
  readonly name: string;
}

/** Reads the URL of a receiver. @throws AppError `invalid` when it is none, or neither http nor https */
export function readTarget(text: string | URL): Target {
  const url = parseUrl(text);
  const isSecure = url.protocol === 'https:';
  return {
    isSecure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (isSecure ? '443' : '80'),
    path: url.pathname + url.search,
    headers: { host: url.host, ...readCredentials(url) },
    name: url.origin + url.pathname,
  };
}

function parseUrl(text: string | URL): URL {
  if (!URL.canParse(String(text)))
    throw new AppError('invalid', 'the URL of a receiver must be like https://host/path');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('invalid', `a receiver is reached by http or https, not ${url.protocol.slice(0, -1)}`);
  }
  return url;
}

function readCredentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  return {
    authorization: `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')}`,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AppError('invalid', 'user and password in the URL of a receiver must be percent-encoded', {
      cause,
    });
  }
}
