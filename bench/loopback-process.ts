import { openFanfareLoopback, openSdkLoopback, type Loopback, type Way } from './loopbacks';
import { measureRate } from './rate';

const openers = { fanfare: openFanfareLoopback, sdk: openSdkLoopback };

export type Library = keyof typeof openers;

/** What such a process is asked for. */
export interface Run {
  readonly way: Way;
  readonly seconds: number;
  /** Calls at a time. */
  readonly concurrency: number;
}

async function run({ send, received }: Loopback, { way, seconds, concurrency }: Run): Promise<number> {
  const before = received();
  const endMs = performance.now() + seconds * 1_000;
  async function keepSending(): Promise<void> {
    while (performance.now() < endMs) await send[way]();
  }
  await Promise.all(Array.from({ length: concurrency }, keepSending));
  return received() - before;
}

/** Sender and receiver of one library in a process of their own, which answers each `Run` with the `Rate` of its events. */
function main(library: Library): void {
  const opened = openers[library]();
  process.on('message', (asked: Run) => {
    void opened.then(async (loopback) => process.send?.(await measureRate(() => run(loopback, asked))));
  });
  process.on('disconnect', () => process.exit());
}

main(process.argv[2] as Library);
