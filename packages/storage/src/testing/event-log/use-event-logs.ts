import { createSystemClock } from '@fanfare/core';
import type { CommitStore } from '../../event-log/commit-store';
import { createEventLog } from '../../event-log/create-event-log';
import type { EventLog } from '../../event-log/event-log';
import { openCommitStore, type OpenEventLogOptions } from '../../open-event-log';
import type { EventLogUnderTest } from './under-test';

interface TestLogOptions extends OpenEventLogOptions {
  /** Stands between the log and its store. */
  readonly wrap?: (store: CommitStore) => CommitStore;
}

export interface TestEventLogs {
  /** A new, empty event log. */
  readonly open: (options?: TestLogOptions) => Promise<EventLog>;
  /** One more opener of the event log that was opened last. */
  readonly reopen: (options?: TestLogOptions) => Promise<EventLog>;
  /** The URL of the event log that was opened last. */
  readonly url: () => string;
}

/** For the tests of one `describe`: whatever they open is closed and removed after each of them. */
export function useEventLogs(underTest: Pick<EventLogUnderTest, 'createUrl' | 'removeAll'>): TestEventLogs {
  const opened: EventLog[] = [];
  let lastUrl = '';

  async function openUrl({
    clock = createSystemClock(),
    signer,
    wrap,
  }: TestLogOptions = {}): Promise<EventLog> {
    const store = await openCommitStore(lastUrl, clock);
    const log = createEventLog({ store: wrap?.(store) ?? store, clock, signer });
    opened.push(log);
    return log;
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
    await underTest.removeAll();
  });

  return {
    async open(options) {
      lastUrl = await underTest.createUrl();
      return openUrl(options);
    },
    reopen: openUrl,
    url: () => lastUrl,
  };
}
