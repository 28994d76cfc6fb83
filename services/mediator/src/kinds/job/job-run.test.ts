import { beginTry, completeRun, failTry, tickRunId, type JobRun } from './job-run';

const at = new Date('2026-01-01T00:00:00.000Z');
const later = (ms: number) => new Date(at.getTime() + ms);
const error = { code: 'failed', message: 'no paper', retryable: true };
const retry = { max_attempts: 3, delay_ms: 1_000, factor: 10, max_delay_ms: 5_000 };
/** Jitter that gives the whole delay. */
const random = () => 1;

const fresh: JobRun = {
  id: 'nightly:1',
  jobId: 'nightly',
  orderKey: '1',
  scheduledFor: at,
  trace: { correlationid: 'c', traceparent: 't' },
  status: 'running',
  attempts: 0,
  due: null,
  result: null,
  error: null,
  startedAt: at,
  endedAt: null,
};

describe('a run', () => {
  it('has for each try the time that it may take', () => {
    expect(beginTry(fresh, later(500))).toMatchObject({
      status: 'running',
      attempts: 1,
      due: { waitsFor: 'answer', at: later(500) },
    });
  });

  it.each([
    [1, { status: 'running', due: { waitsFor: 'retry', at: later(1_000) }, endedAt: null }],
    [2, { status: 'running', due: { waitsFor: 'retry', at: later(5_000) }, endedAt: null }],
    [3, { status: 'failed', due: null, endedAt: at }],
  ])('whose try %i failed: %j', (attempts, expected) => {
    expect(failTry({ ...fresh, attempts }, { error, retry, at, random })).toMatchObject({
      ...expected,
      error,
    });
  });

  it('is over at once when another try would change nothing', () => {
    const final = { ...error, retryable: false };

    expect(failTry({ ...fresh, attempts: 1 }, { error: final, retry, at, random })).toMatchObject({
      status: 'failed',
      error: final,
      due: null,
      endedAt: at,
    });
  });

  it('that is done after a failed try has no error any more', () => {
    const failedOnce = failTry(beginTry(fresh, at), { error, retry, at, random });

    expect(completeRun(failedOnce, { pages: 3 }, later(9))).toMatchObject({
      status: 'completed',
      result: { pages: 3 },
      error: null,
      due: null,
      endedAt: later(9),
    });
  });

  it('of a tick has an id that says which', () => {
    expect(tickRunId('nightly', at)).toBe('nightly:2026-01-01T00:00:00.000Z');
  });
});
