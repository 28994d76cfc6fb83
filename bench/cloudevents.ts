import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Library, Run } from './loopback-process';
import type { Way } from './loopbacks';
import { format, perCpuSecond, perSecond, type Rate } from './rate';

const concurrency = 32;
const ways: readonly Way[] = ['binary', 'structured', 'batch', 'request'];

/** Starts `loopback-process` for a library, with a channel for messages. */
export type StartLoopback = (library: Library) => ChildProcess;

const startCompiled: StartLoopback = (library) =>
  fork(path.join(__dirname, 'loopback-process.js'), [library]);

/** Of one library, round by round. */
type Figures = Readonly<Record<Way, Rate[]>>;

const noFigures = (): Figures => ({ binary: [], structured: [], batch: [], request: [] });

/**
 * Events per second that are sent and received, next to what the official SDK does. Each has a process of its own, for sender
 * and receiver alike, so that none pays for what the other leaves on the heap; they take turns.
 */
export async function compareWithSdk(
  rounds: number,
  seconds: number,
  { warmUpSeconds = 2, start = startCompiled }: { warmUpSeconds?: number; start?: StartLoopback } = {},
): Promise<void> {
  const subjects = [
    { ...openProcess('fanfare', start), figures: noFigures() },
    { ...openProcess('sdk', start), figures: noFigures() },
  ] as const;
  console.log(
    `CloudEvents over loopback, ${concurrency} calls at a time, medians of ${rounds} × ${seconds} s`,
  );
  for (const way of ways)
    for (const { measure } of subjects) await measure({ way, seconds: warmUpSeconds, concurrency });
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) {
      for (const { measure, figures } of subjects)
        figures[way].push(await measure({ way, seconds, concurrency }));
    }
  }
  for (const { close } of subjects) await close();
  print(subjects[0].figures, subjects[1].figures);
}

function openProcess(library: Library, start: StartLoopback) {
  const child = start(library);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of ${library} ended with ${code as number}`);
  });
  // told to whoever measures; at the end nobody does
  ended.catch(() => undefined);

  return {
    async measure(run: Run): Promise<Rate> {
      child.send(run);
      const [rate] = (await Promise.race([once(child, 'message'), ended])) as [Rate];
      return rate;
    },
    async close(): Promise<void> {
      child.disconnect();
      await ended.catch(() => undefined);
    },
  };
}

function print(fanfare: Figures, sdk: Figures): void {
  for (const way of ways) {
    const figures = `${format(perSecond(fanfare[way]))} /s   official SDK ${format(perSecond(sdk[way]))} /s`;
    const ratio = (perSecond(fanfare[way]) / perSecond(sdk[way])).toFixed(2);
    const cpuRatio = (perCpuSecond(fanfare[way]) / perCpuSecond(sdk[way])).toFixed(2);
    console.log(`${way.padEnd(12)} ${figures}   = ${ratio} × official SDK (${cpuRatio} × by processor time)`);
  }
  const toRequest = (way: Way) => (perCpuSecond(fanfare[way]) / perCpuSecond(fanfare.request)).toFixed(2);
  const order = `${toRequest('batch')} : ${toRequest('binary')} : 1`;
  console.log(`batch : fire and forget : request = ${order} by processor time\n`);
}
