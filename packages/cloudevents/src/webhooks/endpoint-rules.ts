import type { Clock } from '@fanfare/core';
import { lookup } from 'node:dns/promises';
import { isPublicAddress } from './public-address';

/** What is wrong with the place of an endpoint; null when nothing is. */
export type CheckEndpoint = (endpoint: string) => Promise<string | null>;

export interface EndpointRules {
  readonly allowPrivate: boolean;
  readonly clock: Clock;
  /** The addresses of a name; throws when it has none. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

export interface PrivateEndpointSettings {
  /** WEBHOOK_ALLOW_PRIVATE, when it is set. */
  readonly allowPrivateWebhooks: boolean | undefined;
  /** Where the service itself can be reached. */
  readonly listen: { readonly host: string };
}

/** Whether endpoints may be on addresses that are not public: as configured, else when the service listens on loopback only. */
export function allowsPrivateEndpoints({ allowPrivateWebhooks, listen }: PrivateEndpointSettings): boolean {
  return allowPrivateWebhooks ?? (listen.host === 'localhost' || /^(127\.|(0*:)+0*1$)/.test(listen.host));
}

/** What is wrong with an endpoint, wherever it leads; null when nothing is. */
export function findEndpointProblem(endpoint: string): string | null {
  if (!URL.canParse(endpoint)) return 'must be a URL';
  const { protocol, username, password } = new URL(endpoint);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  return username === '' && password === '' ? null : 'must not hold credentials';
}

const notPublic =
  'must not lead to a private, loopback, link-local or otherwise special address (see WEBHOOK_ALLOW_PRIVATE)';

/**
 * Refuses endpoints on addresses that are not public, whether they are written out (in whatever way URLs allow) or are
 * what a name resolves to now. A name that does not resolve is let through: what it leads to is looked at again each time
 * something is delivered.
 */
export function createCheckEndpoint({
  allowPrivate,
  clock,
  resolve = resolveName,
}: EndpointRules): CheckEndpoint {
  return async function checkEndpoint(endpoint) {
    if (allowPrivate) return null;
    const host = new URL(endpoint).hostname.replace(/^\[|\]$|\.$/g, '');
    if (/(^|\.)localhost$/.test(host)) return notPublic;
    const addresses = /^[\d.]+$|:/.test(host) ? [host] : await withinPatience(resolve(host), clock);
    return addresses.every(isPublicAddress) ? null : notPublic;
  };
}

const patienceMs = 2_000;

/** Nobody waits long for a name server. */
async function withinPatience(
  resolving: Promise<readonly string[]>,
  clock: Clock,
): Promise<readonly string[]> {
  const done = new AbortController();
  const nothing = clock.sleep(patienceMs, done.signal).then(() => []);
  try {
    return await Promise.race([resolving.catch(() => []), nothing]);
  } finally {
    done.abort();
  }
}

async function resolveName(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
