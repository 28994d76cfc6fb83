import { describeAdapter, type Adapter } from '../adapters';
import { sqliteLogs } from './sqlite-log';
import type { EventLogUnderTest } from './under-test';
import { useEventLogs, type TestEventLogs } from './use-event-logs';

/** Every event log, the embedded one first. */
export function eventLogAdapters(): readonly Adapter<EventLogUnderTest>[] {
  return [{ name: 'SQLite', underTest: sqliteLogs() }];
}

/** Runs a suite on every event log, each time under a name that says which; see `useEventLogs`. */
export function describeOnEveryEventLog(
  name: string,
  declareTests: (logs: TestEventLogs, underTest: EventLogUnderTest) => void,
): void {
  for (const adapter of eventLogAdapters()) {
    describe(`${name} on ${adapter.name}`, () => {
      describeAdapter(adapter, (underTest) => {
        declareTests(useEventLogs(underTest), underTest);
      });
    });
  }
}
