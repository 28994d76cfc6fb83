import type { LogEvent } from '@fanfare/storage';
import type { Observer } from '../observers/observer';
import { failedBecause, type Outcome } from './outcome';
import type { CreatePermission } from './permissions';
import type { ServedObserver } from './sender';
import type { CreateSender } from './senders';

/** How an event is delivered outside the observer's own run through the log. */
export interface OnceOptions {
  readonly attempt?: number;
  readonly isReplay?: boolean;
  readonly signal?: AbortSignal;
}

/** Delivers an event now, once: neither cursor nor breaker nor what waits has anything to do with it. Never rejects. */
export type DeliverOnce = (observer: Observer, logged: LogEvent, options?: OnceOptions) => Promise<Outcome>;

export interface DeliverOnceDeps {
  readonly serve: (observer: Observer) => ServedObserver;
  readonly createSender: CreateSender;
  readonly createPermission: CreatePermission;
}

export function createDeliverOnce({ serve, createSender, createPermission }: DeliverOnceDeps): DeliverOnce {
  return async function deliverOnce(observer, logged, options = {}) {
    const { attempt = 1, isReplay = false, signal = new AbortController().signal } = options;
    const permission = createPermission(observer);
    const sender = createSender(serve(observer), permission);
    try {
      const refusal = await permission.ask(signal);
      if (refusal !== null) return failedBecause(refusal, 'receiver');
      const [outcome] = await sender.send([{ logged, attempt, isReplay }], signal);
      return outcome ?? failedBecause('no outcome', 'receiver');
    } catch (error) {
      return failedBecause(error, 'receiver');
    } finally {
      await sender.close();
    }
  };
}
