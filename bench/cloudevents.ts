import { openFanfareLoopback, openSdkLoopback, type Loopback, type Way } from './loopbacks';
import { median } from './median';

const concurrency = 32;
const warmUpSeconds = 2;
const ways: readonly Way[] = ['binary', 'structured', 'batch', 'request'];

/** Of one library: events per second, round by round. */
type Figures = Readonly<Record<Way, number[]>>;

const noFigures = (): Figures => ({ binary: [], structured: [], batch: [], request: [] });

/**
 * Events per second that are sent and received, next to what the official SDK does: both live in this process, sender
 * and receiver alike, and take turns.
 */
export async function compareWithSdk(rounds: number, seconds: number): Promise<void> {
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

async function run({ send, received }: Loopback, way: Way, seconds: number): Promise<number> {
  const before = received();
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  async function keepSending(): Promise<void> {
    while (performance.now() < endMs) await send[way]();
  }
  await Promise.all(Array.from({ length: concurrency }, keepSending));
  return ((received() - before) / (performance.now() - startedMs)) * 1_000;
}

function print(fanfare: Figures, sdk: Figures): void {
  for (const way of ways) {
    const [own, other] = [median(fanfare[way]), median(sdk[way])];
    const figures = `${format(own)} /s   official SDK ${format(other)} /s`;
    console.log(`${way.padEnd(12)} ${figures}   = ${(own / other).toFixed(2)} × official SDK`);
  }
  const ratio = (way: Way) => (median(fanfare[way]) / median(fanfare.request)).toFixed(2);
  console.log(`batch : fire and forget : request = ${ratio('batch')} : ${ratio('binary')} : 1\n`);
}

const format = (perSecond: number) => Math.round(perSecond).toString().padStart(7);
