import { openFanfareLoopback, openSdkLoopback, type Loopback, type Way } from './loopbacks';
import { median } from './median';

const concurrency = 32;
const ways: readonly Way[] = ['binary', 'structured', 'batch', 'request'];

interface Rate {
  readonly perSecond: number;
  /** Of processor time: what other processes take of the machine hardly shows in it. */
  readonly perCpuSecond: number;
}

/** Of one library, round by round. */
type Figures = Readonly<Record<Way, Rate[]>>;

const noFigures = (): Figures => ({ binary: [], structured: [], batch: [], request: [] });

/**
 * Events per second that are sent and received, next to what the official SDK does: both live in this process, sender
 * and receiver alike, and take turns.
 */
export async function compareWithSdk(rounds: number, seconds: number, warmUpSeconds = 2): Promise<void> {
  const subjects = [
    { loopback: await openFanfareLoopback(), figures: noFigures() },
    { loopback: await openSdkLoopback(), figures: noFigures() },
  ] as const;
  console.log(
    `CloudEvents over loopback, ${concurrency} calls at a time, medians of ${rounds} × ${seconds} s`,
  );
  for (const way of ways) for (const { loopback } of subjects) await run(loopback, way, warmUpSeconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) {
      for (const { loopback, figures } of subjects) figures[way].push(await run(loopback, way, seconds));
    }
  }
  const [fanfare, sdk] = subjects.map(({ figures }) => figures);
  for (const { loopback } of subjects) await loopback.close();
  if (fanfare && sdk) print(fanfare, sdk);
}

async function run({ send, received }: Loopback, way: Way, seconds: number): Promise<Rate> {
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

const perSecond = (rates: readonly Rate[]) => median(rates.map((rate) => rate.perSecond));
const perCpuSecond = (rates: readonly Rate[]) => median(rates.map((rate) => rate.perCpuSecond));
const format = (rate: number) => Math.round(rate).toString().padStart(7);
