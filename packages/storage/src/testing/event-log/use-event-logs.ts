import { createSystemClock } from '@fanfare/core';
import type { CommitStore } from '../../event-log/commit-store';
import { createEventLog } from '../../event-log/create-event-log';
import type { EventLog } from '../../event-log/event-log';
import { openCommitStore, type OpenEventLogOptions } from '../../open-event-log';
import { useOpened, type Opened } from '../use-opened';
import type { EventLogUnderTest } from './under-test';

interface TestLogOptions extends OpenEventLogOptions {
  /** Stands between the log and its store. */
  readonly wrap?: (store: CommitStore) => CommitStore;
}

export type TestEventLogs = Opened<EventLog, TestLogOptions>;

/** For the tests of one `describe`: see `useOpened`. Logs are opened with `defaults`, if a test says nothing else. */
export function useEventLogs(
  underTest: Pick<EventLogUnderTest, 'createUrl' | 'removeAll'>,
  defaults: TestLogOptions = {},
): TestEventLogs {
  return useOpened(underTest, (url, options) => openLog(url, { ...defaults, ...options }));
}

async function openLog(
  url: string,
  { clock = createSystemClock(), wrap, ...options }: TestLogOptions = {},
): Promise<EventLog> {
  const store = await openCommitStore(url, clock);
  return createEventLog({ store: wrap?.(store) ?? store, clock, ...options });
}
