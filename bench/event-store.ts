import { compareLogs } from './event-logs/compare-logs';
import { loadEmmettSqlite } from './event-logs/emmett-sqlite';
import { openFanfareLog } from './event-logs/fanfare-log';
import { measureFanOut } from './event-logs/measure-fan-out';
import { measureFrames } from './event-logs/measure-frames';
import { measureFolds } from './event-logs/measure-folds';
import { newFile, newMongoDatabase } from './event-logs/places';
import { openPlainMongo } from './event-logs/plain-mongo';
import { openPlainSqlite } from './event-logs/plain-sqlite';

/** The event log next to what one would write by hand, and to what others have written, and the event store upon it. */
export async function measureEventStore(rounds: number, seconds: number): Promise<void> {
  console.log(`event log, medians of ${rounds} interleaved rounds of ${seconds} s, events per second`);
  const emmett = await loadEmmettSqlite();
  if (!emmett) console.log('emmett-sqlite is not installed, so not measured: scripts/run-bench.sh says how');
  const inSqlite = { plain: openPlainSqlite, ...(emmett && { 'emmett-sqlite': emmett }) };
  for (const { technology, newPlace, yardsticks } of [
    { technology: 'SQLite', newPlace: newFile, yardsticks: inSqlite },
    { technology: 'FerretDB', newPlace: newMongoDatabase, yardsticks: { plain: openPlainMongo } },
  ]) {
    await compareLogs({ technology, fanfare: () => openFanfareLog(newPlace), yardsticks }, rounds, seconds);
    await measureFolds(technology, newPlace, rounds);
    await measureFanOut(technology, newPlace, rounds);
    await measureFrames(technology, newPlace, rounds * seconds);
  }
  console.log();
}
