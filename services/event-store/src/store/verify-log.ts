import { createWakeUp, type Clock } from '@fanfare/core';
import type { EventLog, VerifyOptions } from '@fanfare/storage';
import type { z } from 'zod';
import type { Checkpoints } from './checkpoints';
import { toVerificationBody, type verificationBody } from './verification';

export interface VerifyLogDeps {
  readonly log: Pick<EventLog, 'verify'>;
  readonly checkpoints: Pick<Checkpoints, 'sign'>;
  readonly clock: Clock;
}

type VerificationBody = z.infer<typeof verificationBody>;

const heartbeatMs = 15_000;

/** Walks the chain; what turns out right up to the end of the log is signed. */
export async function verifyLog(
  { log, checkpoints }: VerifyLogDeps,
  options: VerifyOptions,
): Promise<VerificationBody> {
  const verification = await log.verify(options);
  const mayBeSigned = verification.valid && options.signal?.aborted !== true;
  return toVerificationBody(verification, mayBeSigned ? await checkpoints.sign() : null);
}

/**
 * The same as server-sent events: `progress` with the last position that is proven, as often as the client reads, and at
 * last `result`. Ends with the client, and the walk with it.
 */
export async function* streamVerification(
  deps: VerifyLogDeps,
  { from, to, signal }: Pick<VerifyOptions, 'from' | 'to'> & { readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const wakeUp = createWakeUp(deps.clock);
  let proven: number | undefined;
  const walk = startWalk(
    verifyLog(deps, {
      from,
      to,
      signal,
      onProgress(position) {
        proven = position;
        wakeUp.wake();
      },
    }),
    wakeUp.wake,
  );
  while (!walk.hasEnded() && !signal.aborted) {
    await wakeUp.wait(heartbeatMs, signal);
    yield proven === undefined ? ': at work\n\n' : toServerSentEvent('progress', { position: proven });
    proven = undefined;
  }
  if (!signal.aborted) yield toServerSentEvent('result', await walk.result);
}

function startWalk(result: Promise<VerificationBody>, onEnd: () => void) {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
    onEnd();
  };
  result.then(end, end);
  return { result, hasEnded: () => hasEnded };
}

function toServerSentEvent(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
