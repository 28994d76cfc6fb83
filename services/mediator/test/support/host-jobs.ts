import { eventually } from '@fanfare/core/testing';
import type { TestResponse } from '@fanfare/service-kit/testing';
import type { ShownJob, ShownRun } from '../../src/kinds/job/job-schemas';
import { actAs, type ActingColleague } from '../act-as';
import { hostMediator, type MediatorForTest } from '../host-mediator';
import { createLeapingClock, type LeapingClock } from '../leaping-clock';

/** A mediator `ops` of kind job, whose colleague `worker` makes reports, on a clock that leaps. */
export interface HostedJobs {
  readonly clock: LeapingClock;
  readonly service: MediatorForTest;
  readonly worker: ActingColleague;
  post(path: string, body?: object): Promise<TestResponse>;
  read(id: string): Promise<ShownJob>;
  listRuns(id: string, query?: string): Promise<PageOfRuns>;
  runsOf(id: string): Promise<readonly ShownRun[]>;
  /** Lets time go on in small steps until it holds. */
  passUntil(assertion: () => void | Promise<void>): Promise<void>;
}

export interface PageOfRuns {
  readonly runs: readonly ShownRun[];
  readonly next_cursor: string | null;
}

export const jobsPath = '/mediators/ops/jobs';

/** A job that runs only when somebody says so. */
export const onDemand = { id: 'now', name: 'report', data: { pages: 3 } };

export async function hostJobs(): Promise<HostedJobs> {
  const clock = createLeapingClock(new Date('2026-01-01T00:00:00.000Z'));
  const service = await hostMediator({ INACTIVE_TIMEOUT: '365d' }, { clock });
  await service.begin({ name: 'ops', kind: 'job' }, { id: 'worker', name: 'worker', handles: ['report'] });
  const listRuns = async (id: string, query = '') =>
    (await service.get(`${jobsPath}/${id}/runs${query}`)).body as PageOfRuns;

  return {
    clock,
    service,
    worker: actAs(service, 'ops', 'worker'),
    post: (path, body) => service.post(`${jobsPath}${path}`, body),
    read: async (id) => (await service.get(`${jobsPath}/${id}`)).body as ShownJob,
    listRuns,
    runsOf: async (id) => (await listRuns(id)).runs,
    passUntil: (assertion) =>
      eventually(async () => {
        await clock.advance(500);
        await assertion();
      }),
  };
}
