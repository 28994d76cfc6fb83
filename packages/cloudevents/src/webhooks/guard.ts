import { AppError } from '@fanfare/core';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/** Whether requests may go to an address. */
export type AllowsAddress = (address: string) => boolean;

/** Keeps requests to one host away from addresses that are not allowed. */
export interface Guard {
  /** Of a host that is itself an address, which Node never looks up, and not allowed. */
  readonly refusal: AppError | null;
  /**
   * DNS that knows only allowed addresses. Asked at each connect, so that a name which has come to stand for an address
   * of our own network since it was accepted leads nowhere (DNS rebinding).
   */
  readonly lookup: LookupFunction;
}

/** Makes the guard of a host, as it stands in a URL. */
export function createGuard(hostname: string, allows: AllowsAddress): Guard {
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    refusal: isIP(host) !== 0 && !allows(host) ? refuse(host) : null,
    lookup(name, options, callback) {
      lookup(name, { ...options, all: true }, (error, found) => {
        if (error) {
          callback(error, '', 0);
          return;
        }
        const allowed = found.filter(({ address }) => allows(address));
        const [first] = allowed;
        if (!first) callback(refuse(name), '', 0);
        else if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    },
  };
}

function refuse(host: string): AppError {
  return new AppError('invalid', `${host} is no public address`);
}
