import os from 'node:os';
import { compareWithSdk } from './cloudevents';
import { measureFilters } from './filters';
import { measureOrders } from './orders';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 2);

const benches: Readonly<Record<string, () => void | Promise<void>>> = {
  orders: measureOrders,
  cloudevents: () => compareWithSdk(rounds, seconds),
  filters: () => {
    measureFilters(rounds);
  },
};

async function main(): Promise<void> {
  const [cpu] = os.cpus();
  console.log(
    `${os.cpus().length} × ${cpu?.model ?? 'unknown processor'}, Node ${process.version}, everything on this machine`,
  );
  const only = process.env['BENCH_ONLY'];
  if (only !== undefined && !Object.hasOwn(benches, only)) {
    throw new Error(`BENCH_ONLY must be one of ${Object.keys(benches).join(', ')}`);
  }
  for (const [name, run] of Object.entries(benches)) if (only === undefined || only === name) await run();
}

void main();
