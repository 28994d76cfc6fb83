import type { CloudEvent } from '@fanfare/cloudevents';

/** An event log, or a yardstick for one, as far as the benchmarks use it. */
export interface BenchLog {
  /** Appends to a stream whose last event has the version `expected`, −1 for none; durable when it resolves. */
  append(streamId: string, expected: number, events: readonly CloudEvent[]): Promise<void>;
  /** Reads everything in order, page by page, and answers how many events there are. */
  readAll(pageSize: number): Promise<number>;
  /** Reads one stream in order, and answers how many events it has. */
  readStream(streamId: string): Promise<number>;
  /** Removes it. */
  close(): Promise<void>;
}

/** Opens an empty one. */
export type OpenBenchLog = () => Promise<BenchLog>;

/** A log and what it is measured against, which keep their events in the same technology. */
export interface Rivals {
  readonly technology: string;
  readonly fanfare: OpenBenchLog;
  /** By name: what one would write by hand (see `openPlainSqlite` and `openPlainMongo`), and what others have written. */
  readonly yardsticks: Readonly<Record<string, OpenBenchLog>>;
}
