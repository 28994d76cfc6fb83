import type { IncomingMessage } from 'node:http';
import { anybody, nobody, type Caller } from '../auth/caller';
import { requireAccess, type Access, type Authority, type RedeemTicket } from '../auth/create-authority';
import type { AddressOf } from '../limits/client-address';
import type { Limits } from '../limits/limits';
import { HttpProblem } from './problem';
import type { HttpRequest } from './request';

/** What a request is for. */
export interface Purpose extends Access {
  /** Health, metrics and documents, which have no limit. */
  readonly isAlwaysServed: boolean;
}

/**
 * Where each request comes in, before its parts are read: first it is asked who makes it, then whether that client sends too
 * many, then whether it may do this. Throws the problem with which the request is refused.
 */
export interface Entrance {
  /** Sets the request's caller. A promise only where it must wait, because every request passes here. */
  admit(request: HttpRequest, purpose: Purpose): Promise<void> | void;
  /** Lets a WebSocket in, which counts as a read and may bring a ticket instead of a token. */
  admitUpgrade(incoming: IncomingMessage, access: Access, redeemTicket?: RedeemTicket): Promise<Caller>;
  /** Counts who is refused with `problem` before anybody knows who it is, and throws it, or 429 when there are too many. */
  turnAway(address: string, problem: unknown): Promise<never>;
}

export interface EntranceDeps {
  /** Undefined when nobody needs to say who it is. */
  readonly authority: Authority | undefined;
  /** Undefined for no limit. */
  readonly limits: Limits | undefined;
  readonly addressOf: AddressOf;
}

export function createEntrance({ authority, limits, addressOf }: EntranceDeps): Entrance {
  function findCaller(request: HttpRequest, { role }: Access): Promise<Caller> | Caller {
    if (!authority) return anybody;
    return role === 'public' ? nobody : authority.identify(request);
  }

  /** Counts before it refuses: who may not do this could ask for ever. */
  function letIn(request: HttpRequest, purpose: Purpose, caller: Caller): Promise<void> | void {
    request.caller = caller;
    const headers = purpose.isAlwaysServed ? undefined : limits?.count(request);
    if (headers instanceof Promise) {
      return headers.then((counted) => {
        request.addAnswerHeaders(...counted);
        requireAccess(caller, purpose);
      });
    }
    if (headers) request.addAnswerHeaders(...headers);
    requireAccess(caller, purpose);
    return undefined;
  }

  async function turnAway(address: string, problem: unknown): Promise<never> {
    if (problem instanceof HttpProblem) await limits?.countStranger(address);
    throw problem;
  }

  return {
    admit(request, purpose) {
      let caller: Promise<Caller> | Caller;
      try {
        caller = findCaller(request, purpose);
      } catch (error) {
        return turnAway(request.address, error);
      }
      if (!(caller instanceof Promise)) return letIn(request, purpose, caller);
      return caller.then(
        (found) => letIn(request, purpose, found),
        (error: unknown) => turnAway(request.address, error),
      );
    },
    async admitUpgrade(incoming, access, redeemTicket) {
      const address = addressOf(incoming);
      const identified = authority?.identifyForUpgrade(incoming, redeemTicket) ?? Promise.resolve(anybody);
      const caller = await identified.catch((error: unknown) => turnAway(address, error));
      await limits?.count({ method: 'GET', caller, address });
      requireAccess(caller, access);
      return caller;
    },
    turnAway,
  };
}
