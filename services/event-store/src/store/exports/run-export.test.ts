import { PermanentError } from '@fanfare/core';
import { openEventLog, type EventLog, type VerifyOptions } from '@fanfare/storage';
import { happened } from '../../../test/log-in-file';
import { newJob, type JobProgress, type JobRange } from '../jobs/job';
import { runExport } from './run-export';

describe('running an export', () => {
  let log: EventLog;
  let saved: number[];
  let ended: JobProgress | undefined;
  let sign: jest.Mock;

  beforeEach(async () => {
    log = await openEventLog('sqlite::memory:');
    saved = [];
    ended = undefined;
    sign = jest.fn();
    for (let commit = 0; commit < 12; commit += 1) {
      const events = Array.from({ length: 1_000 }, () => happened('my.own'));
      await log.append({ appends: [{ stream: null, expected: 'any', events }] });
    }
  });

  afterEach(() => log.close());

  async function run({
    request = { after: 0, to: 12_000 },
    position = request.after,
    verify = (options?: VerifyOptions) => log.verify(options),
    goesOn = true,
    signal = new AbortController().signal,
  }: {
    readonly request?: JobRange;
    readonly position?: number;
    readonly verify?: EventLog['verify'];
    readonly goesOn?: boolean;
    readonly signal?: AbortSignal;
  } = {}): Promise<void> {
    const store = {
      async save(_held: unknown, progress: JobProgress) {
        saved.push(progress.position);
        return goesOn;
      },
      async end(_held: unknown, progress: JobProgress) {
        ended = progress;
      },
    };
    const job = newJob('x-1', request, new Date(0));
    const held = { ...job, progress: { ...job.progress, position }, fence: 1 };
    await runExport({ log: { ...log, verify }, checkpoints: { sign }, store }, held, signal);
  }

  it('proves the chain step by step, each written, after its end was signed', async () => {
    await run();

    expect(sign).toHaveBeenCalledTimes(1);
    expect(saved).toEqual([5_000, 10_000, 12_000]);
    expect(ended).toMatchObject({ position: 12_000, processed: 12_000, total: 12_000 });
  });

  it('goes on where it was, with nothing that was proven before', async () => {
    const verify = jest.fn((options?: VerifyOptions) => log.verify(options));

    await run({ position: 10_000, verify });

    expect(verify.mock.calls.map(([options]) => options?.from)).toEqual([10_001]);
    expect(ended).toMatchObject({ processed: 12_000 });
  });

  it('ends when it was cancelled, or has another holder', async () => {
    await run({ goesOn: false });

    expect([saved, ended]).toEqual([[5_000], undefined]);
  });

  it('writes nothing of a step that was cut short', async () => {
    const stop = new AbortController();
    const verify = (options?: VerifyOptions) => {
      stop.abort();
      return log.verify(options);
    };

    await run({ verify, signal: stop.signal });

    expect([saved, ended]).toEqual([[], undefined]);
  });

  it('fails for good when the log was truncated meanwhile, or lost its end', async () => {
    await expect(run({ request: { after: 0, to: 13_000 } })).rejects.toThrow(
      new PermanentError('the log has lost its end'),
    );
    await log.truncate(1_001);
    await expect(run()).rejects.toThrow(new PermanentError('the log was truncated meanwhile'));
  });
});
