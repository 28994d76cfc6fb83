import { describeAdapter, type Adapter } from '../adapters';
import { mongodbLogs } from './mongodb-logs';
import { sqliteLogs } from './sqlite-log';
import type { EventLogUnderTest } from './under-test';
import { useEventLogs, type TestEventLogs } from './use-event-logs';

/** Every event log: the embedded one first; the real one where TEST_MONGODB_URL names a server. */
export function eventLogAdapters(): readonly Adapter<EventLogUnderTest>[] {
  const mongodbUrl = process.env['TEST_MONGODB_URL'];
  return [
    { name: 'SQLite', underTest: sqliteLogs() },
    {
      name: 'MongoDB',
      underTest: mongodbUrl ? mongodbLogs(mongodbUrl) : { missing: 'TEST_MONGODB_URL is not set' },
    },
  ];
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
