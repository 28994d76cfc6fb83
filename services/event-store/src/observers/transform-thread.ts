import { AppError, createMutex, createSystemClock, hasCode, PermanentError } from '@fanfare/core';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What the thread answers: the result as JSON, which is left out when there is none, or why there is none. */
interface Outcome {
  readonly json?: string;
  readonly error?: string;
}

const timeoutMs = 1_000;
const maxResultLength = 1_048_576;

/** JSONata's own limits make most mistakes plain; the thread ends whatever they do not reach, such as regular expressions. */
const bounds = { stack: 200, sequence: 100_000 };

const source = `
  const { parentPort, workerData } = require('node:worker_threads');
  const jsonata = require(workerData.jsonata);
  const compiled = new Map();

  function compile(expression) {
    if (compiled.size > 1000) compiled.clear();
    if (!compiled.has(expression)) compiled.set(expression, jsonata(expression, workerData.bounds));
    return compiled.get(expression);
  }

  async function evaluate({ expression, input }) {
    try {
      const json = JSON.stringify(await compile(expression).evaluate(input));
      if (json === undefined || json.length <= workerData.maxResultLength) return { json };
      return { error: 'its result has more than ' + workerData.maxResultLength + ' characters' };
    } catch (error) {
      return { error: String(error.message) };
    }
  }

  parentPort.on('message', async (request) => parentPort.postMessage(await evaluate(request)));
  parentPort.postMessage('ready');`;

let thread: Worker | undefined;
const turns = createMutex();
/** What a thread works takes real time, whatever the time is for those who wait. */
const clock = createSystemClock();

/**
 * Evaluates JSONata that comes from outside, on a thread of its own: whatever the expression does, it holds up nothing
 * but other transforms, and ends after a second or 64 MiB. There is one thread for all, started by the first call; it
 * keeps no process alive. Throws `PermanentError` when the evaluation fails, and `internal` when it takes too long, since
 * the machine may have been busy.
 */
export function evaluateApart(expression: string, input: unknown): Promise<unknown> {
  return turns.run(async () => {
    thread ??= await startThread();
    try {
      const { json, error } = await ask(thread, { expression, input });
      if (error !== undefined) throw new PermanentError(`the transform failed: ${error}`);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    } catch (error) {
      if (hasCode(error, 'internal')) await stopThread();
      throw error;
    }
  });
}

async function startThread(): Promise<Worker> {
  const worker = new Worker(source, {
    eval: true,
    workerData: { jsonata: require.resolve('jsonata'), bounds, maxResultLength },
    resourceLimits: { maxOldGenerationSizeMb: 64 },
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

async function stopThread(): Promise<void> {
  await thread?.terminate();
  thread = undefined;
}

async function ask(worker: Worker, request: object): Promise<Outcome> {
  worker.ref();
  const waiting = new AbortController();
  const overdue = clock.setTimer(timeoutMs, () => {
    waiting.abort();
  });
  try {
    const answer = once(worker, 'message', { signal: waiting.signal });
    worker.postMessage(request);
    const [outcome] = (await answer) as [Outcome];
    return outcome;
  } catch (cause) {
    const limit = waiting.signal.aborted ? `${timeoutMs} ms` : 'its share of memory';
    throw new AppError('internal', `the transform took more than ${limit}`, { cause });
  } finally {
    overdue.cancel();
    worker.unref();
  }
}
