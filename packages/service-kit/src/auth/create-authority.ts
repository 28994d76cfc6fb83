import type { IncomingMessage } from 'node:http';
import type { Clock } from '@fanfare/core';
import { HttpProblem } from '../http/problem';
import type { HttpRequest } from '../http/request';
import type { AuthConfig } from './auth-settings';
import { nobody, type Caller } from './caller';
import { readBearerToken, readCredential } from './read-token';
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

/** Asks callers who they are, where that matters. */
export interface Authority {
  /** A guard of routes: sets the request's caller, or throws the problem with which it is refused. */
  readonly authorise: (request: HttpRequest, access: Access) => Promise<void> | void;
  /** The same for a WebSocket, which may bring a ticket instead of a token. */
  readonly admit: (incoming: IncomingMessage, access: Access, redeemTicket?: RedeemTicket) => Promise<Caller>;
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

  async function findCaller(incoming: IncomingMessage, redeemTicket?: RedeemTicket): Promise<Caller> {
    const credential = readCredential(incoming);
    if ('token' in credential) return verify(credential.token);
    const caller = await redeemTicket?.(credential.ticket);
    if (!caller) throw invalidToken('the ticket is unknown, was used or has expired');
    return caller;
  }

  return {
    authorise(request, access) {
      if (access.role === 'public') {
        request.caller = nobody;
        return undefined;
      }
      const caller = verify(readBearerToken(request));
      if (caller instanceof Promise) {
        return caller.then((verified) => {
          requireAccess(verified, access);
          request.caller = verified;
        });
      }
      requireAccess(caller, access);
      request.caller = caller;
      return undefined;
    },
    async admit(incoming, access, redeemTicket) {
      const caller = await findCaller(incoming, redeemTicket);
      requireAccess(caller, access);
      return caller;
    },
  };
}

function requireAccess(caller: Caller, { role, isForColleagues }: Access): void {
  requireRole(caller, role);
  if (caller.colleague !== undefined && !isForColleagues) throw notForColleagues;
}

const notForColleagues = new HttpProblem(403, 'the token is bound to a colleague, which may not do this');
