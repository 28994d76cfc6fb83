import { describeAppending } from './event-log/appending.contract';
import { describeAppendSemantics } from './event-log/append-semantics.contract';
import { describeConcurrency } from './event-log/concurrency.contract';
import { describeDiscarding } from './event-log/discarding.contract';
import { describeErasureRecords } from './event-log/erasure-records.contract';
import { describeExporting } from './event-log/exporting.contract';
import { describeFilters } from './event-log/filters.contract';
import { describeReading } from './event-log/reading.contract';
import { describeSealing } from './event-log/sealing.contract';
import { describeStreamSettings } from './event-log/stream-settings.contract';
import type { EventLogUnderTest } from './event-log/under-test';
import type { TestEventLogs } from './event-log/use-event-logs';
import { describeVerification } from './event-log/verification.contract';

const parts = {
  writing: describeAppending,
  semantics: describeAppendSemantics,
  reading: describeReading,
  filtering: describeFilters,
  concurrency: describeConcurrency,
  streams: describeStreamSettings,
  verifying: describeVerification,
  'erasure records': describeErasureRecords,
  exporting: describeExporting,
  discarding: describeDiscarding,
  sealing: describeSealing,
};

/** Every promise of the `EventLog` port, checked on whatever adapter is given. */
export function describeEventLogContract(logs: TestEventLogs, underTest: EventLogUnderTest): void {
  for (const [part, declareTests] of Object.entries(parts)) {
    describe(part, () => {
      declareTests(logs, underTest);
    });
  }
}
