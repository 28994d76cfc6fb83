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

/** Two logs that keep their events in the same technology. */
export interface Rivals {
  readonly technology: string;
  readonly fanfare: OpenBenchLog;
  /** What one would write by hand: see `openPlainSqlite` and `openPlainMongo`. */
  readonly plain: OpenBenchLog;
}
