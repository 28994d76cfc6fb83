import { newFile } from './event-logs/places';
import { startBenchSystem } from './mediators/bench-system';
import { measureMail } from './mediators/measure-mail';
import { measurePosts } from './mediators/measure-posts';
import { measureTimers } from './mediators/measure-timers';
import { newMysqlDatabase } from './mediators/new-mysql-database';

/** The mediator next to what one would write by hand on the same server kit, each a process of its own. */
export async function measureMediator(rounds: number, seconds: number): Promise<void> {
  console.log(`mediator, medians of ${rounds} interleaved rounds of ${seconds} s`);
  for (const [technology, newPlace] of [
    ['SQLite', newFile],
    ['MariaDB', newMysqlDatabase],
  ] as const) {
    const system = await startBenchSystem(technology, newPlace);
    try {
      await measureMail(system, rounds, seconds);
      await measurePosts(system, rounds, seconds);
      await measureTimers(system, seconds);
    } finally {
      await system.stop();
    }
  }
  console.log();
}
