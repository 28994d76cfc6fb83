/** Runs what it is handed one after the other, in the order of the calls. */
export interface Mutex {
  run<T>(action: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(action) {
      const result = last.then(action, action);
      last = result.catch(() => undefined);
      return result;
    },
  };
}
