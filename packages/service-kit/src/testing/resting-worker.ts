import type { Worker } from '../hosting/service';

/** Waits for its end, noting it. */
export function restingWorker(name: string, notes: string[] = []): Worker {
  return {
    name,
    run: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          notes.push(`${name} ended`);
          resolve();
        });
      }),
  };
}
