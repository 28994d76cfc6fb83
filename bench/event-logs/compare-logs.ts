import { format, measureRate, perCpuSecond, perSecond, type Rate } from '../rate';
import type { BenchLog, OpenBenchLog, Rivals } from './bench-log';
import { newEvents } from './new-events';

const pageSize = 500;
const warmUpMs = 300;

/** Of a log that is read. */
interface Size {
  readonly events: number;
  /** Of the events, those of the one long stream. */
  readonly inOneStream: number;
}

/** Writes to streams of its own until the time is over, and answers how many events it wrote. */
type Write = (log: BenchLog, endMs: number) => Promise<number>;

const appending: Readonly<Record<string, Write>> = {
  'append, 1 writer': (log, endMs) => keepAppending(log, endMs, 1),
  'append, 8 writers': async (log, endMs) =>
    sum(await Promise.all(Array.from({ length: 8 }, () => keepAppending(log, endMs, 1)))),
  'append, batches of 100': (log, endMs) => keepAppending(log, endMs, 100),
};

const reading: Readonly<Record<string, (log: BenchLog) => Promise<number>>> = {
  'read all': (log) => log.readAll(pageSize),
  'read one stream': (log) => log.readStream('long'),
};

/** Events per second of all, for each kind of work, taking turns. */
export async function compareLogs(
  { technology, fanfare, yardsticks }: Rivals,
  rounds: number,
  seconds: number,
  size: Size = { events: 20_000, inOneStream: 10_000 },
): Promise<void> {
  const opens = { fanfare, ...yardsticks };
  for (const [name, write] of Object.entries(appending)) {
    const measure = (open: OpenBenchLog) => measureAppends(open, write, seconds * 1_000);
    print(`${technology}: ${name}`, await takeTurns(opens, rounds, measure));
  }
  const filled: Record<string, BenchLog> = {};
  for (const [name, open] of Object.entries(opens)) filled[name] = await openFilled(open, size);
  for (const [name, read] of Object.entries(reading)) {
    for (const log of Object.values(filled)) await read(log);
    print(`${technology}: ${name}`, await takeTurns(filled, rounds, (log) => measureRate(() => read(log))));
  }
  for (const log of Object.values(filled)) await log.close();
}

/** Round by round, by the name of the subject; ours is the first. */
type Rates = ReadonlyMap<string, readonly Rate[]>;

async function takeTurns<Subject>(
  subjects: Readonly<Record<string, Subject>>,
  rounds: number,
  measure: (subject: Subject) => Promise<Rate>,
): Promise<Rates> {
  const rates = new Map(Object.keys(subjects).map((name) => [name, [] as Rate[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, subject] of Object.entries(subjects)) rates.get(name)?.push(await measure(subject));
  }
  return rates;
}

/** In a new log each time, for a log that has grown must not make the next round slower. */
async function measureAppends(open: OpenBenchLog, write: Write, ms: number): Promise<Rate> {
  const log = await open();
  await write(log, performance.now() + warmUpMs);
  const rate = await measureRate(() => write(log, performance.now() + ms));
  await log.close();
  return rate;
}

async function keepAppending(log: BenchLog, endMs: number, batchSize: number): Promise<number> {
  const streamId = crypto.randomUUID();
  let written = 0;
  while (performance.now() < endMs) {
    await log.append(streamId, written - 1, newEvents(streamId, batchSize));
    written += batchSize;
  }
  return written;
}

async function openFilled(open: OpenBenchLog, { events, inOneStream }: Size): Promise<BenchLog> {
  const log = await open();
  const batch = 100;
  for (let written = 0; written < inOneStream; written += batch) {
    await log.append('long', written - 1, newEvents('long', batch));
  }
  for (let written = inOneStream; written < events; written += batch) {
    const streamId = crypto.randomUUID();
    await log.append(streamId, -1, newEvents(streamId, batch));
  }
  return log;
}

function print(label: string, rates: Rates): void {
  const [[, fanfare] = ['', []], ...yardsticks] = rates;
  console.log(`${label.padEnd(36)} ${format(perSecond(fanfare))} /s`);
  for (const [name, yardstick] of yardsticks) {
    const ratio = (perSecond(fanfare) / perSecond(yardstick)).toFixed(2);
    const cpuRatio = (perCpuSecond(fanfare) / perCpuSecond(yardstick)).toFixed(2);
    const figures = `${format(perSecond(yardstick))} /s   ours = ${ratio} × (${cpuRatio} × by processor time)`;
    console.log(`${`  ${name}`.padEnd(36)} ${figures}`);
  }
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
