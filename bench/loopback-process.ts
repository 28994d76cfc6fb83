import { openFanfareLoopback, openSdkLoopback, type Loopback, type Way } from './loopbacks';

const openers = { fanfare: openFanfareLoopback, sdk: openSdkLoopback };

export type Library = keyof typeof openers;

/** What such a process is asked for. */
export interface Run {
  readonly way: Way;
  readonly seconds: number;
  /** Calls at a time. */
  readonly concurrency: number;
}

/** Events per second that were sent and received. */
export interface Rate {
  readonly perSecond: number;
  /** Of processor time: what other processes take of the machine hardly shows in it. */
  readonly perCpuSecond: number;
}

async function measure({ send, received }: Loopback, { way, seconds, concurrency }: Run): Promise<Rate> {
  const before = received();
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const endMs = startedMs + seconds * 1_000;
  async function keepSending(): Promise<void> {
    while (performance.now() < endMs) await send[way]();
  }
  await Promise.all(Array.from({ length: concurrency }, keepSending));
  const events = received() - before;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    perSecond: (events / (performance.now() - startedMs)) * 1_000,
    perCpuSecond: (events / (user + system)) * 1e6,
  };
}

/** Sender and receiver of one library in a process of their own, which answers each `Run` with a `Rate`. */
function main(library: Library): void {
  const opened = openers[library]();
  process.on('message', (run: Run) => {
    void opened.then(async (loopback) => process.send?.(await measure(loopback, run)));
  });
  process.on('disconnect', () => process.exit());
}

main(process.argv[2] as Library);
