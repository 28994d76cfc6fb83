import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../failure';
import type { MediatorEntry } from '../mediators/directory';
import type { Priority } from '../messages/message';

/** A try of a command that the mediator itself gives out: a step, a run of a job, the start of a service; or of a notification. */
export interface WorkOrder {
  readonly entry: MediatorEntry;
  /** It was tried before: `attempt` is one greater, and whoever is the handler now gets it. */
  readonly isAgain: boolean;
  /** Id of the message, by which receivers deduplicate. */
  readonly id: string;
  /** Name of the `WorkSource` that hears what becomes of it. */
  readonly source: string;
  /** Whose work it is, for the source: the id of the run. */
  readonly ref: string;
  readonly kind: 'command' | 'notification';
  readonly type: string;
  readonly data: unknown;
  readonly handlerId?: string | undefined;
  /** `normal` unless given. */
  readonly priority?: Priority;
  /** Shown to the handler as `deadline`; the source keeps the time itself. */
  readonly deadline: Date | null;
  /** Time limit of one try by web hook. */
  readonly timeoutMs: number;
  readonly trace: TraceContext;
}

/** What became of a try. */
export type WorkOutcome =
  | { readonly status: 'done'; readonly result: unknown }
  | {
      readonly status: 'failed';
      readonly error: Failure;
      /** The handler has said so, or its web hook with a 4xx: it has done nothing. Else nobody knows. */
      readonly isRefusal: boolean;
    };

export interface WorkAnswer {
  readonly mediatorKey: number;
  readonly ref: string;
  /** Id of the work. */
  readonly id: string;
  readonly attempt: number;
  readonly outcome: WorkOutcome;
}

/** Who gives out work, from the side of the mailbox. The source decides about tries; the mailbox makes none by itself. */
export interface WorkSource {
  readonly name: string;
  /** Locks what the work belongs to: after the mediator, which has been entered, and before the message. */
  lock(tx: Transaction, mediatorKey: number, ref: string): Promise<void>;
  /**
   * Hears an answer or a failed try, in the transaction that records it. Returns `late` when it can no longer be used:
   * the recipient is told so. The source ends the work (`withdraw`), gives it out again (later or at once), or
   * leaves it with the recipient; after a `done` that was `taken` the work has ended.
   */
  answered(tx: Transaction, answer: WorkAnswer): Promise<'taken' | 'late'>;
}

/** Gives out work through mailboxes, within the transaction that decides it. */
export interface Work {
  /**
   * Returns null, or the failure of the try where nobody is there for it: nothing was given out.
   * Throws `already_exists` when it is the first try and there is another message of this id.
   */
  giveOut(tx: Transaction, order: WorkOrder): Promise<Failure | null>;
  /** Takes work back: it is not handed out any more, and answers are late. */
  withdraw(tx: Transaction, mediatorKey: number, ids: readonly string[]): Promise<void>;
  /** Before anything is given out. */
  addSource(source: WorkSource): void;
}
