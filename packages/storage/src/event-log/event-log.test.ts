import { describeEventLogContract, describeOnEveryEventLog } from '../testing';

jest.setTimeout(120_000);

describeOnEveryEventLog('EventLog', describeEventLogContract);
