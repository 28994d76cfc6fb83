import { median } from '../median';
import { hostStore, type HostedStore } from './host-store';
import type { Place } from './places';

const length = 10_000;
const batchSize = 100;
/** The rest is folded upon the snapshot. */
const snapshotVersion = length - 50;

/** How long it takes to read an aggregate of ten thousand events over HTTP. */
export async function measureFolds(
  technology: string,
  newPlace: () => Promise<Place>,
  rounds: number,
): Promise<void> {
  const store = await hostStore(newPlace);
  try {
    await fill(store);
    // what is asked for by its version does not come from the cache
    const old = `/aggregates/account?version=${length - 1}`;
    const withoutMs = await time(store, old, rounds);
    await store.call('POST', '/snapshots', { aggregate_id: 'account', version: snapshotVersion });
    const withMs = await time(store, old, rounds);
    const cachedMs = await time(store, '/aggregates/account', rounds);
    console.log(
      `${technology}: fold of ${length} events`.padEnd(36),
      `${format(withoutMs)}   with a snapshot 50 events ago ${format(withMs)}   cached ${format(cachedMs)}` +
        `   = 1 : ${(withoutMs / withMs).toFixed(0)} : ${(withoutMs / cachedMs).toFixed(0)} as fast`,
    );
  } finally {
    await store.close();
  }
}

async function fill(store: HostedStore): Promise<void> {
  for (let written = 0; written < length; written += batchSize) {
    const events = Array.from({ length: batchSize }, (_, index) => ({
      type: 'account.booked',
      data: { balance: written + index, [`field_${index % 20}`]: 'a value' },
    }));
    const expected = written === 0 ? 'none' : written - 1;
    const append = { aggregate_id: 'account', aggregate_type: 'custom', expected_version: expected, events };
    await store.call('POST', '/events/append', { appends: [append] });
  }
}

async function time(store: HostedStore, path: string, rounds: number): Promise<number> {
  await store.call('GET', path);
  const tries: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    await store.call('GET', path);
    tries.push(performance.now() - startedMs);
  }
  return median(tries);
}

const format = (ms: number) => `${ms.toFixed(1)} ms`;
