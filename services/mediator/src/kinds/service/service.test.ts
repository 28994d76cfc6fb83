import {
  begin,
  fail,
  healthOf,
  isDone,
  mayBegin,
  serviceStatuses,
  succeed,
  verbOf,
  verbs,
  type RegisteredService,
  type ServiceStatus,
} from './service';

const broken = { code: 'broken', message: 'it broke', retryable: true };
const service = (status: ServiceStatus): RegisteredService => ({
  id: 'db',
  name: 'db',
  type: null,
  dependencies: [],
  handlerId: null,
  heartbeatTimeoutMs: 30_000,
  metrics: null,
  lastHeartbeat: null,
  status,
  command: null,
  startTime: null,
  stopTime: null,
  error: broken,
});

const table: Record<ServiceStatus, readonly [start: string, stop: string]> = {
  stopped: ['begins', 'is done'],
  starting: ['is done', 'refused'],
  running: ['is done', 'begins'],
  stopping: ['refused', 'is done'],
  failed: ['begins', 'begins'],
};

describe('a service', () => {
  it.each(
    serviceStatuses.flatMap((status) =>
      verbs.map((verb, index) => [verb, status, table[status][index]] as const),
    ),
  )('to %s one that is %s %s', (verb, status, outcome) => {
    const what = mayBegin(verb, status) ? 'begins' : isDone(verb, status) ? 'is done' : 'refused';

    expect(what).toBe(outcome);
  });

  it.each([
    ['start', 'starting', 'running', 'startTime'],
    ['stop', 'stopping', 'stopped', 'stopTime'],
  ] as const)('%s: it is %s, then %s', (verb, during, after, time) => {
    const begun = begin(service('failed'), verb);
    const at = new Date(5);

    expect([begun.status, verbOf(begun)]).toEqual([during, verb]);
    expect(succeed(begun, verb, at)).toMatchObject({ status: after, error: null, [time]: at });
    expect(fail(begun, broken)).toMatchObject({ status: 'failed', error: broken });
  });

  it.each([
    [null, 0, 'unknown'],
    [1_000, 31_000, 'healthy'],
    [1_000, 31_001, 'unhealthy'],
  ] as const)('last heard of at %j is, at %d, %s', (heard, now, health) => {
    const lastHeartbeat = heard === null ? null : new Date(heard);

    expect(healthOf({ lastHeartbeat, heartbeatTimeoutMs: 30_000 }, new Date(now))).toBe(health);
  });
});
