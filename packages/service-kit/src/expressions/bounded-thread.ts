import { AppError, createMutex, createSystemClock } from '@fanfare/core';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface BoundedThreadOptions {
  /** JavaScript that posts one message when it is ready, and then one answer to each message it gets. */
  readonly source: string;
  /** What the source finds as `workerData`. */
  readonly data: unknown;
  readonly timeoutMs: number;
  readonly maxMemoryMb: number;
}

/** What a thread works takes real time, whatever the time is for those who wait. */
const clock = createSystemClock();

/**
 * Runs what comes from outside on a thread of its own: whatever it does, it holds up nothing but the other questions to
 * the same thread, which are answered one after the other. The thread is started by the first question, ended by one
 * that takes too much, and keeps no process alive. Throws `internal` for such a question, since the machine may have been
 * busy.
 */
export function createBoundedThread(options: BoundedThreadOptions): (question: unknown) => Promise<unknown> {
  const turns = createMutex();
  let thread: Worker | undefined;

  async function start(): Promise<Worker> {
    const worker = new Worker(options.source, {
      eval: true,
      workerData: options.data,
      resourceLimits: { maxOldGenerationSizeMb: options.maxMemoryMb },
      env: {},
      execArgv: [],
    });
    // it may run out of memory also while nobody waits for it, which must not end the process
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (thread === worker) thread = undefined;
    });
    await once(worker, 'message');
    return worker;
  }

  return (question) =>
    turns.run(async () => {
      const worker = (thread ??= await start());
      try {
        return await ask(worker, question, options.timeoutMs);
      } catch (error) {
        await worker.terminate();
        thread = undefined;
        throw error;
      }
    });
}

async function ask(worker: Worker, question: unknown, timeoutMs: number): Promise<unknown> {
  worker.ref();
  const waiting = new AbortController();
  const overdue = clock.setTimer(timeoutMs, () => {
    waiting.abort();
  });
  try {
    const answer = once(worker, 'message', { signal: waiting.signal });
    worker.postMessage(question);
    return ((await answer) as [unknown])[0];
  } catch (cause) {
    const limit = waiting.signal.aborted ? `${timeoutMs} ms` : 'its share of memory';
    throw new AppError('internal', `the evaluation took more than ${limit}`, { cause });
  } finally {
    overdue.cancel();
    worker.unref();
  }
}
