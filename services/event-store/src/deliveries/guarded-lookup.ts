import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '@fanfare/core';

/** Whether requests may go to an address. */
export type AllowsAddress = (address: string) => boolean;

/**
 * DNS that knows only allowed addresses. Asked at each connect, so that a name which has come to stand for an address of
 * our own network since it was accepted leads nowhere (DNS rebinding).
 */
export function createGuardedLookup(allows: AllowsAddress): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const allowed = found.filter(({ address }) => allows(address));
      const [first] = allowed;
      if (!first) callback(refuse(hostname), '', 0);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** Throws `invalid` when the host of a URL is an address, which Node never looks up, and not allowed. */
export function assertAllowedHost(url: string, allows: AllowsAddress): void {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !allows(host)) throw refuse(host);
}

function refuse(host: string): AppError {
  return new AppError('invalid', `${host} is no public address`);
}
