import { newFile } from './event-logs/places';
import { createBenchSystem, type BenchSystem } from './mediators/bench-system';
import { measureMail } from './mediators/measure-mail';
import { measurePosts } from './mediators/measure-posts';
import { measureTimers } from './mediators/measure-timers';
import { newMysqlDatabase } from './mediators/new-mysql-database';
import { startMediator, startPlainMediator } from './mediators/rivals';
import { fullSizes, type Sizes } from './mediators/sizes';

/** The mediator next to what one would write by hand on the same server kit, each a process of its own. */
export async function measureMediator(rounds: number, seconds: number): Promise<void> {
  console.log(`mediator, medians of ${rounds} interleaved rounds of ${seconds} s`);
  for (const [technology, newPlace] of [
    ['SQLite', newFile],
    ['MariaDB', newMysqlDatabase],
  ] as const) {
    const [mediator, plain] = [await startMediator(newPlace), await startPlainMediator(newPlace)];
    await measureSystem(createBenchSystem({ technology, mediator, plain }), rounds, seconds, fullSizes);
  }
  console.log();
}

/** Prints all figures of one technology, and stops the two. */
export async function measureSystem(
  system: BenchSystem,
  rounds: number,
  seconds: number,
  sizes: Sizes,
): Promise<void> {
  try {
    await measureMail(system, rounds, seconds, sizes);
    await measurePosts(system, rounds, seconds, sizes);
    await measureTimers(system, seconds, sizes);
  } finally {
    await system.stop();
  }
}
