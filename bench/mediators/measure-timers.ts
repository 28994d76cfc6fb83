import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDatabase } from '@fanfare/storage';
import { newColleagues, sender, type BenchSystem } from './bench-system';
import { repeat } from './caller';
import type { Rival } from './rivals';
import type { Sizes } from './sizes';

const hourMs = 3_600_000;
/** Far enough that each is late by itself, and not because it stands in line. */
const apartMs = 40;
const endpointCount = 10;

/** What timers cost that are due in an hour, and how late others fire meanwhile; next to `setTimeout`. */
export async function measureTimers(system: BenchSystem, seconds: number, sizes: Sizes): Promise<void> {
  const { pendingTimers } = sizes;
  const { technology, mediator, plain } = system;
  const due = await openDueReceiver();
  try {
    const colleagues = newColleagues(endpointCount, (index) => ({ endpoint: `${due.url}${index}` }));
    const path = await system.begin({ name: 'timing' }, [sender, ...colleagues]);
    await mediator.restart();
    const [without, plainWithout] = [await lookAtIdle(mediator, seconds), await lookAtIdle(plain, seconds)];
    await fillTimers(mediator.databaseUrl, pendingTimers);
    await mediator.restart();
    await plain.call('POST', '/pending', { amount: pendingTimers, delay_ms: hourMs });
    const [withAll, plainWithAll] = [await lookAtIdle(mediator, seconds), await lookAtIdle(plain, seconds)];
    const label = `${technology}: ${pendingTimers} timers`;
    console.log(`${label}, mediator at rest`.padEnd(44), toText(without, withAll));
    console.log(`${label}, setTimeout at rest`.padEnd(44), toText(plainWithout, plainWithAll));

    const send = (dueAt: Date, index: number) =>
      mediator.call('POST', `${path}/messages`, {
        sender_id: 'sender',
        recipient_id: `colleague-${index % endpointCount}`,
        message: { due_at: dueAt.getTime() },
        deliver_at: dueAt.toISOString(),
      });
    const set = (dueAt: Date) =>
      plain.call('POST', '/timers', { endpoint: due.url, due_at: dueAt.getTime() });
    console.log(`${label}, others posted late by`.padEnd(44), await fireSome(due, sizes, send));
    console.log(`${label}, with setTimeout by`.padEnd(44), await fireSome(due, sizes, set));
  } finally {
    await due.close();
  }
}

interface Idle {
  readonly residentMemory: number;
  /** Share of one processor. */
  readonly load: number;
}

async function lookAtIdle(rival: Rival, seconds: number): Promise<Idle> {
  const [startedMs, before] = [performance.now(), await rival.processorSeconds()];
  await pass(seconds * 2_000);
  const load = ((await rival.processorSeconds()) - before) / ((performance.now() - startedMs) / 1_000);
  return { residentMemory: await rival.residentMemory(), load };
}

/** By the table: a call for each would take minutes. What they belong to is looked up only when they are due. */
async function fillTimers(databaseUrl: string, amount: number): Promise<void> {
  const database = await openDatabase(databaseUrl);
  const batchSize = 1_000;
  for (let filled = 0; filled < amount; filled += batchSize) {
    const dueMs = Date.now() + hourMs;
    const rows = Array.from({ length: Math.min(batchSize, amount - filled) }, (_, index) => ({
      kind: 'message',
      mediator_key: 1,
      id: `timer-${filled + index}`,
      due_at: dueMs,
      fires_at: dueMs + index,
      claim: '',
      failures: 0,
    }));
    await database.transact((tx) => tx.dialect.insertRows(tx.queries, 'timers', rows));
  }
  await database.close();
}

interface DueReceiver {
  readonly url: string;
  /** Resolves with how late each came, in milliseconds, when there are so many more. */
  take(amount: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Takes posts that say when they were due. */
async function openDueReceiver(): Promise<DueReceiver> {
  const late: number[] = [];
  let arrived: () => void = () => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { due_at: dueMs } = JSON.parse(Buffer.concat(chunks).toString()) as { due_at: number };
      late.push(Date.now() - dueMs);
      response.writeHead(204).end();
      arrived();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async take(amount) {
      while (late.length < amount) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      return late.splice(0, amount);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Sets timers that are due one shortly after another when all of them are set, and says how late they come. */
async function fireSome(
  due: DueReceiver,
  { firedTimers, leadMs }: Sizes,
  set: (dueAt: Date, index: number) => Promise<unknown>,
): Promise<string> {
  const firstMs = Date.now() + leadMs;
  await repeat(firedTimers, 32, (index) => set(new Date(firstMs + index * apartMs), index));
  const late = [...(await due.take(firedTimers))].sort((left, right) => left - right);
  const at = (quantile: number) => `${late[Math.ceil(late.length * quantile) - 1] ?? '?'} ms`;
  return `p50 ${at(0.5)}   p99 ${at(0.99)}   at most ${at(1)}`;
}

function toText(without: Idle, withAll: Idle): string {
  const memory = `${without.residentMemory.toFixed(0)} → ${withAll.residentMemory.toFixed(0)} MiB`;
  const load = `${(without.load * 100).toFixed(1)} → ${(withAll.load * 100).toFixed(1)} % of a processor`;
  const ratio = (withAll.residentMemory / without.residentMemory).toFixed(2);
  return `${memory} (${ratio} ×)   ${load}`;
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
