import { HttpProblem } from '@fanfare/service-kit';
import { changeStatus, isOpen, jobStatuses, toMessagePriority, type Job, type JobStatus } from './job';

const at = new Date('2026-01-01T00:00:00.000Z');

const job = (status: JobStatus): Job => ({
  id: 'nightly',
  name: 'report',
  orderKey: '1',
  schedule: { type: 'recurring', everyMs: 1_000, since: at },
  data: null,
  priority: 0,
  handlerId: null,
  timeoutMs: 1_000,
  retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 },
  missed: 'last',
  overlap: 'skip',
  uniqueKey: null,
  status,
  nextRun: at,
  lastRun: null,
  createdAt: at,
  endedAt: null,
});

function outcomeOf(from: JobStatus, to: JobStatus): string {
  try {
    return changeStatus(job(from), to, at).status;
  } catch (error) {
    return error instanceof HttpProblem ? error.code : 'another error';
  }
}

describe('a job', () => {
  const legal: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
    pending: ['pending', 'paused', 'completed', 'failed', 'cancelled'],
    paused: ['paused', 'pending', 'completed', 'failed', 'cancelled'],
    completed: ['completed'],
    failed: ['failed'],
    cancelled: ['cancelled'],
  };
  const moves = jobStatuses.flatMap((from) =>
    jobStatuses.map((to) => ({ from, to, outcome: legal[from].includes(to) ? to : 'illegal-transition' })),
  );

  it.each(moves)('that is $from and shall be $to: $outcome', ({ from, to, outcome }) => {
    expect(outcomeOf(from, to)).toBe(outcome);
  });

  it('waits for no tick once it has another status, and has ended in all but two', () => {
    expect(changeStatus(job('pending'), 'paused', at)).toMatchObject({ nextRun: null, endedAt: null });
    expect(changeStatus(job('paused'), 'pending', at)).toMatchObject({ nextRun: null, endedAt: null });
    expect(changeStatus(job('paused'), 'cancelled', at)).toMatchObject({ nextRun: null, endedAt: at });
    expect(jobStatuses.filter(isOpen)).toEqual(['pending', 'paused']);
  });

  it('is left as it is by what has been done already', () => {
    const paused = job('paused');

    expect(changeStatus(paused, 'paused', at)).toBe(paused);
  });

  it.each([
    [-100, 'low'],
    [-1, 'low'],
    [0, 'normal'],
    [1, 'high'],
    [50, 'high'],
    [51, 'urgent'],
    [100, 'urgent'],
  ])('of priority %i has messages of priority %j', (priority, expected) => {
    expect(toMessagePriority(priority)).toBe(expected);
  });
});
