import os from 'node:os';
import { compareWithSdk } from './cloudevents';
import { measureEventLogMemory } from './event-log-memory';
import { measureEventStore } from './event-store';
import { measureFilters } from './filters';
import { measureMediator } from './mediator';
import { measureOrders } from './orders';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 2);

const benches: Readonly<Record<string, () => void | Promise<void>>> = {
  orders: measureOrders,
  cloudevents: () => compareWithSdk(rounds, seconds),
  filters: () => {
    measureFilters(rounds);
  },
  'event-store': () => measureEventStore(rounds, seconds),
  mediator: () => measureMediator(rounds, seconds),
};

/** They take minutes, and run only when they are asked for. */
const longBenches: typeof benches = { 'event-log-memory': measureEventLogMemory };

async function main(): Promise<void> {
  const [cpu] = os.cpus();
  console.log(
    `${os.cpus().length} × ${cpu?.model ?? 'unknown processor'}, Node ${process.version}, everything on this machine, load average ${os.loadavg()[0]?.toFixed(1)}`,
  );
  const only = process.env['BENCH_ONLY'];
  const all = { ...benches, ...longBenches };
  if (only !== undefined && !Object.hasOwn(all, only)) {
    throw new Error(`BENCH_ONLY must be one of ${Object.keys(all).join(', ')}`);
  }
  for (const run of only === undefined ? Object.values(benches) : [all[only]]) await run?.();
}

void main();
