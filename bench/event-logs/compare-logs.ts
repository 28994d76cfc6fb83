import { median } from '../median';
import type { BenchLog, OpenBenchLog, Rivals } from './bench-log';
import { newEvents } from './new-events';

const pageSize = 500;
const storedEvents = 20_000;
const streamEvents = 10_000;
const warmUpMs = 300;

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

/** Events per second of both, for each kind of work, taking turns. */
export async function compareLogs(
  { technology, fanfare, plain }: Rivals,
  rounds: number,
  seconds: number,
): Promise<void> {
  for (const [name, write] of Object.entries(appending)) {
    const measure = (open: OpenBenchLog) => measureAppends(open, write, seconds * 1_000);
    print(`${technology}: ${name}`, await takeTurns([fanfare, plain], rounds, measure));
  }
  const filled = [await openFilled(fanfare), await openFilled(plain)] as const;
  for (const [name, read] of Object.entries(reading)) {
    for (const log of filled) await read(log);
    print(`${technology}: ${name}`, await takeTurns(filled, rounds, (log) => measureRate(() => read(log))));
  }
  for (const log of filled) await log.close();
}

interface Rate {
  readonly perSecond: number;
  /** Of processor time of this process: what others take of the machine hardly shows in it. */
  readonly perCpuSecond: number;
}

type Rates = readonly [readonly Rate[], readonly Rate[]];

async function takeTurns<Subject>(
  [fanfare, plain]: readonly [Subject, Subject],
  rounds: number,
  measure: (subject: Subject) => Promise<Rate>,
): Promise<Rates> {
  const rates: readonly [Rate[], Rate[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    rates[0].push(await measure(fanfare));
    rates[1].push(await measure(plain));
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

async function measureRate(work: () => Promise<number>): Promise<Rate> {
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const events = await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    perSecond: (events / (performance.now() - startedMs)) * 1_000,
    perCpuSecond: (events / (user + system)) * 1e6,
  };
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

async function openFilled(open: OpenBenchLog): Promise<BenchLog> {
  const log = await open();
  const batch = 100;
  for (let written = 0; written < streamEvents; written += batch) {
    await log.append('long', written - 1, newEvents('long', batch));
  }
  for (let written = streamEvents; written < storedEvents; written += batch) {
    const streamId = crypto.randomUUID();
    await log.append(streamId, -1, newEvents(streamId, batch));
  }
  return log;
}

function print(label: string, [fanfare, plain]: Rates): void {
  const figures = `${format(perSecond(fanfare))} /s   plain ${format(perSecond(plain))} /s`;
  const ratio = (perSecond(fanfare) / perSecond(plain)).toFixed(2);
  const cpuRatio = (perCpuSecond(fanfare) / perCpuSecond(plain)).toFixed(2);
  console.log(label.padEnd(36), `${figures}   = ${ratio} × plain (${cpuRatio} × by processor time)`);
}

const perSecond = (rates: readonly Rate[]) => median(rates.map((rate) => rate.perSecond));
const perCpuSecond = (rates: readonly Rate[]) => median(rates.map((rate) => rate.perCpuSecond));
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
const format = (rate: number) => Math.round(rate).toString().padStart(7);
