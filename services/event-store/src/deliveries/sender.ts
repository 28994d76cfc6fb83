import type { CloudEvent } from '@fanfare/cloudevents';
import type { LogEvent } from '@fanfare/storage';
import type { CompiledObserver } from '../observers/compile-observer';
import type { Observer } from '../observers/observer';
import type { Outcome } from './outcome';

/** An observer, ready to be served. */
export interface ServedObserver extends CompiledObserver {
  readonly observer: Observer;
  /** Of an observer in this process: called in place of its endpoint. */
  readonly onEvent?: OnEvent | undefined;
}

export type OnEvent = (event: CloudEvent) => Promise<void> | void;

/** An event on its way to an observer, for the so-manieth time. */
export interface Attempt {
  readonly logged: LogEvent;
  readonly attempt: number;
  readonly isReplay?: boolean;
  /** Of this hop, for the receiver's trace; undefined unless traces are on. */
  readonly traceparent?: string | undefined;
}

/** Delivers events to one observer. Never rejects for what happens on the way. */
export interface Sender {
  /** One call for all of them, where the observer takes several at a time. The outcomes are in the order of the attempts. */
  send(attempts: readonly Attempt[], signal: AbortSignal): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** Whether anything is sent to an observer, which otherwise fetches its events from its mailbox. */
export function hasTarget({ observer, onEvent }: ServedObserver): boolean {
  return observer.endpoint !== null || onEvent !== undefined;
}
