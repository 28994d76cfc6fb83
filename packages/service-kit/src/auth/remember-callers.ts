import type { Clock } from '@fanfare/core';
import type { Caller } from './caller';
import type { VerifyToken } from './verify-token';

export interface RememberOptions {
  readonly clock: Clock;
  readonly maxTokens?: number;
}

/** So long a token counts without another look: a key that is withdrawn may count so much longer. */
const rememberMs = 60_000;

/**
 * Knows the tokens that were checked last, so that a client that calls often is not checked each time. Returns the caller
 * at once when it knows the token.
 */
export function rememberCallers(
  verifyToken: VerifyToken,
  { clock, maxTokens = 1_000 }: RememberOptions,
): (token: string) => Caller | Promise<Caller> {
  const known = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  async function verify(token: string): Promise<Caller> {
    const caller = await verifyToken(token);
    const leftMs = (caller.expiresAtMs ?? Infinity) - clock.now().getTime();
    // what is kept longest goes first when there is no room
    known.delete(token);
    const [oldest] = known.keys();
    if (known.size >= maxTokens && oldest !== undefined) known.delete(oldest);
    known.set(token, { caller, untilMs: clock.elapsedMs() + Math.min(rememberMs, leftMs) });
    return caller;
  }

  return (token) => {
    const found = known.get(token);
    return found && clock.elapsedMs() < found.untilMs ? found.caller : verify(token);
  };
}
