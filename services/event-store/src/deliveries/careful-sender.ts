import { createRateGate } from '@fanfare/cloudevents';
import { createMutex, type Clock } from '@fanfare/core';
import type { Observer } from '../observers/observer';
import { afterFailure, afterSuccess, type Breaker } from './breaker';
import { failedBecause, type Outcome } from './outcome';
import type { Attempt, Sender } from './sender';

/** Sends when it may: under the observer's circuit breaker, at its rate, and with its permission. */
export interface CarefulSender {
  /**
   * Waits until it may send, and sends. What `stopping` ends before it went out, and `cutting` on its way, is `aborted`
   * and was no attempt.
   */
  send(attempts: readonly Attempt[]): Promise<readonly Outcome[]>;
  readonly breaker: () => Breaker;
}

export interface CarefulSenderOptions {
  readonly observer: Pick<Observer, 'breaker' | 'rateLimit' | 'retry'>;
  readonly sender: Pick<Sender, 'send'>;
  readonly breaker: Breaker;
  readonly clock: Clock;
  /** Resolves when the receiver takes events, or with `stopping`. */
  readonly permit: (stopping: AbortSignal) => Promise<void>;
  /** Whether the observer may still be served here. */
  readonly isHeld: () => boolean;
  readonly stopping: AbortSignal;
  readonly cutting: AbortSignal;
}

export function createCarefulSender(options: CarefulSenderOptions): CarefulSender {
  const { observer, sender, clock, permit, isHeld, stopping, cutting } = options;
  const settings = { ...observer.breaker, maxDelayMs: observer.retry.maxDelayMs };
  const { rateLimit } = observer;
  const pace = createRateGate(rateLimit?.perKey === null ? rateLimit.perSecond * 60 : 'unlimited', clock);
  const probing = createMutex();
  let breaker = options.breaker;

  async function sendNow(attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
    if (stopping.aborted || !isHeld()) return attempts.map(() => failedBecause('stopped', 'aborted'));
    const outcomes = await sender.send(attempts, cutting);
    note(outcomes);
    return outcomes;
  }

  /** One request is one success or one failure; an event that cannot be delivered says nothing about the receiver. */
  function note(outcomes: readonly Outcome[]): void {
    const has = (wanted: (outcome: Outcome) => boolean) => outcomes.some(wanted);
    if (has(({ result }) => result === 'delivered')) breaker = afterSuccess(breaker);
    else if (has((outcome) => outcome.result === 'failed' && outcome.fault === 'receiver'))
      breaker = afterFailure(breaker, settings, clock.now());
  }

  async function sendAsProbe(attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
    const untilMs = (breaker.nextAttemptAt?.getTime() ?? 0) - clock.now().getTime();
    if (breaker.state !== 'closed' && untilMs > 0) await clock.sleep(untilMs, stopping);
    return sendNow(attempts);
  }

  return {
    breaker: () => breaker,
    async send(attempts) {
      await permit(stopping);
      await pace(stopping);
      return breaker.state === 'closed' ? sendNow(attempts) : probing.run(() => sendAsProbe(attempts));
    },
  };
}
