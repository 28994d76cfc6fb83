import { describeEventLogContract, describeOnEveryEventLog } from '../testing';
import { newKey, sealerOf } from '../testing/event-log/sealers';
import { sqliteLogs } from '../testing/event-log/sqlite-log';
import { useEventLogs } from '../testing/event-log/use-event-logs';

jest.setTimeout(300_000);

describeOnEveryEventLog('EventLog', describeEventLogContract);

describe('EventLog that seals its data', () => {
  const logs = { ...sqliteLogs(), hasFiles: { missing: 'what is sealed is never found in files' } };

  describeEventLogContract(useEventLogs(logs, { sealer: sealerOf(newKey('k-1')) }), logs);
});
