import type { IncomingMessage } from 'node:http';
import type { Clock } from '@fanfare/core';
import { HttpProblem } from '../http/problem';
import type { AuthConfig } from './auth-settings';
import type { Caller } from './caller';
import { readBearerToken, readCredential, type RequestHead } from './read-token';
import { rememberCallers } from './remember-callers';
import { requireRole } from './require-role';
import type { Role } from './role';
import { invalidToken } from './unauthorised';
import { createVerifyToken } from './verify-token';

/** What a route says of its callers. */
export interface Access {
  readonly role: Role;
  /** Also for tokens that are bound to a colleague: the route sees to it that they act for no other. */
  readonly isForColleagues: boolean;
}

/** Finds who it was that got a ticket, once. */
export type RedeemTicket = (ticket: string) => Promise<Caller | null>;

/** Asks callers who they are. Throws 401 for those that cannot show it, 503 as long as nobody can say. */
export interface Authority {
  /** A promise only for a token that is not known yet. */
  identify(request: RequestHead): Promise<Caller> | Caller;
  /** The same for a WebSocket, which may bring a ticket instead of a token. */
  identifyForUpgrade(incoming: IncomingMessage, redeemTicket?: RedeemTicket): Promise<Caller>;
}

export interface AuthorityOptions {
  readonly clock: Clock;
  /** Told when the issuer's keys cannot be had. */
  readonly onFailure: (error: Error) => void;
}

/** Undefined when nobody needs to say who it is. */
export async function createAuthority(
  config: AuthConfig,
  { clock, onFailure }: AuthorityOptions,
): Promise<Authority | undefined> {
  if (config.mode === 'disabled') return undefined;
  const verify = rememberCallers(await createVerifyToken({ config, clock, onFailure }), { clock });

  return {
    identify: (request) => verify(readBearerToken(request)),
    async identifyForUpgrade(incoming, redeemTicket) {
      const credential = readCredential(incoming);
      if ('token' in credential) return verify(credential.token);
      const caller = await redeemTicket?.(credential.ticket);
      if (!caller) throw invalidToken('the ticket is unknown, was used or has expired');
      return caller;
    },
  };
}

/** Throws 403 for a caller that may not do what the access is to. */
export function requireAccess(caller: Caller, { role, isForColleagues }: Access): void {
  requireRole(caller, role);
  if (caller.colleague !== undefined && !isForColleagues) throw notForColleagues;
}

const notForColleagues = new HttpProblem(403, 'the token is bound to a colleague, which may not do this');
