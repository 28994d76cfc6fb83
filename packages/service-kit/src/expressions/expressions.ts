import { AppError, PermanentError } from '@fanfare/core';
import { createBoundedThread } from './bounded-thread';

/** JSONata, as the service that uses it depends on it; the kit does not. */
export interface ExpressionLibrary {
  /** Throws for what is no expression. */
  readonly parse: (expression: string) => unknown;
  /** Where the thread finds it: `require.resolve('jsonata')`. */
  readonly path: string;
}

/** JSONata that comes from outside. */
export interface Expressions {
  /** Throws `invalid`, saying where, for what is no expression. */
  check(expression: string): void;
  /**
   * The value for an input, both as JSON; undefined when there is none. It takes at most a second, on a thread that all
   * expressions share, and sees nothing but the input; `at` is the time that it finds, by default what it is. Throws
   * `PermanentError` when the evaluation fails, and `internal` when it takes too much.
   */
  evaluate(expression: string, input: unknown, at?: Date): Promise<unknown>;
}

/** What the thread answers: the result as JSON, which is left out when there is none, or why there is none. */
interface Outcome {
  readonly json?: string;
  readonly error?: string;
}

/** JSONata's own limits make most mistakes plain; the thread ends whatever they do not reach, such as regular expressions. */
const bounds = { stack: 200, sequence: 100_000 };
const maxResultLength = 1_048_576;

const source = `
  const { parentPort, workerData } = require('node:worker_threads');
  const jsonata = require(workerData.library);
  const compiled = new Map();
  const SystemDate = Date;
  let millis;

  globalThis.Date = class extends SystemDate {
    constructor(...parts) {
      super(...(parts.length === 0 && millis !== undefined ? [millis] : parts));
    }
  };

  function compile(expression) {
    if (compiled.size > 1000) compiled.clear();
    if (!compiled.has(expression)) compiled.set(expression, jsonata(expression, workerData.bounds));
    return compiled.get(expression);
  }

  async function evaluate({ expression, input, at }) {
    millis = at;
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

/** Opens the way to evaluate expressions; nothing runs before the first one. */
export function createExpressions({ parse, path }: ExpressionLibrary): Expressions {
  const ask = createBoundedThread({
    source,
    data: { library: path, bounds, maxResultLength },
    timeoutMs: 1_000,
    maxMemoryMb: 64,
  });

  return {
    check(expression) {
      try {
        parse(expression);
      } catch (error) {
        throw new AppError('invalid', describe(error), { cause: error });
      }
    },
    async evaluate(expression, input, at) {
      const { json, error } = (await ask({ expression, input, at: at?.getTime() })) as Outcome;
      if (error !== undefined) throw new PermanentError(`the evaluation failed: ${error}`);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    },
  };
}

/** JSONata throws objects that are no errors, with a `position` most of the time. */
function describe(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return 'is no JSONata';
  const place = 'position' in thrown ? ` at character ${String(thrown.position)}` : '';
  return `${String(thrown.message)}${place}`;
}
