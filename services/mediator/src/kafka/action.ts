import type { TraceContext } from '@fanfare/contracts';
import type { Reply } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';

/** What a command does, in a transaction that also keeps its response. Throws what HTTP would answer. */
export type Action = (tx: Transaction) => Promise<Reply>;

export interface CommandRequest {
  /** Of the command event. */
  readonly data: unknown;
  readonly trace: TraceContext;
  /** For an object of the mediator that has no id of its own: the same whenever the command comes. */
  readonly objectId: string;
}

/** Checks a command and does what no transaction can wait for. Throws what HTTP would answer. */
export type Prepare = (request: CommandRequest) => Promise<Action>;
