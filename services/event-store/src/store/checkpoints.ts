import type { Clock } from '@fanfare/core';
import { repeat, type Worker } from '@fanfare/service-kit';
import type { Checkpoint, EventLog } from '@fanfare/storage';

const everyMs = 10 * 60_000;

/** Signatures of the end of the log: who rewrites what lies before one is found out. */
export interface Checkpoints {
  /**
   * Signs the end of the log when there is a key and something came since the last signature, but only what follows from
   * what was signed before. The newest signature; null when there is none.
   */
  readonly sign: () => Promise<Checkpoint | null>;
  /** Signs now and then. */
  readonly worker: Worker;
}

export interface CheckpointsDeps {
  readonly log: Pick<EventLog, 'checkpoint' | 'head' | 'readCheckpoints' | 'verify'>;
  readonly clock: Clock;
  /** Whether the log has a key. */
  readonly canSign: boolean;
  /** Told when the log is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

export function createCheckpoints({ log, clock, canSign, onFailure }: CheckpointsDeps): Checkpoints {
  async function sign(): Promise<Checkpoint | null> {
    const [last = null] = await log.readCheckpoints(1);
    const signed = last?.position ?? 0;
    if (!canSign || (await log.head()) <= signed) return last;
    const { valid } = await log.verify({ from: signed + 1 });
    return valid ? log.checkpoint() : last;
  }

  return { sign, worker: repeat(sign, { name: 'checkpoints', restMs: everyMs, clock, onFailure }) };
}
