import { describeEventLogContract, describeOnEveryEventLog } from '../testing';

jest.setTimeout(300_000);

describeOnEveryEventLog('EventLog', describeEventLogContract);
