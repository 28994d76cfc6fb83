import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../create-once';
import { requireKind } from '../../mediators/require-kind';
import { requireSize } from '../../message-size';
import type { PartDeps } from '../../part';
import { refuse, refuseInput } from '../../problems';
import type { AwaitTick } from './await-tick';
import type { Job, JobSettings } from './job';
import { toJobType, type NewJobBody } from './job-schemas';
import { jobStore } from './job-store';
import { nextTick, type Schedule } from './schedule';

export interface CreateJobRequest {
  readonly mediator: string;
  readonly body: NewJobBody;
}

/** Creates a job, which then waits for its first tick; the same call again finds it. */
export type CreateJob = (tx: Transaction, request: CreateJobRequest) => Promise<Created<Job>>;

type CreateJobDeps = Pick<PartDeps, 'config' | 'directory' | 'clock' | 'newId'> & {
  readonly awaitTick: AwaitTick;
};

export function createCreateJob({ config, directory, clock, newId, awaitTick }: CreateJobDeps): CreateJob {
  async function create(tx: Transaction, key: number, id: string, body: NewJobBody): Promise<Job> {
    const now = clock.now();
    const settings = toSettings(body, { now, timeoutMs: config.timeoutMs });
    const nextRun = nextTick(settings.schedule, now);
    if (!nextRun && settings.schedule.type !== 'on-demand')
      throw refuseInput([neverTicks(settings.schedule)]);
    const { uniqueKey } = settings;
    if (uniqueKey !== null && (await jobStore.isKeyTaken(tx.queries, key, uniqueKey))) {
      throw refuse('duplicate-key', `there is an open job with the unique key ${uniqueKey}`);
    }
    const job: Job = {
      ...settings,
      id,
      orderKey: newId(),
      status: 'pending',
      nextRun,
      lastRun: null,
      createdAt: now,
      endedAt: null,
    };
    await jobStore.insert(tx, key, { object: job, requestHash: hashRequest(body) });
    if (nextRun) awaitTick(tx, key, job);
    return job;
  }

  return async function createJob(tx, { mediator, body }) {
    const entry = await directory.enter(tx, mediator);
    requireKind(entry, 'job');
    requireSize(body.data, config.maxMessageBytes, 'data');
    const { key } = entry.mediator;
    const { id = newId() } = body;
    return createOnceIn(tx, {
      noun: 'job',
      id,
      requestHash: hashRequest(body),
      find: () => jobStore.find(tx.queries, key, id),
      create: () => create(tx, key, id, body),
    });
  };
}

function toSettings(
  body: NewJobBody,
  { now, timeoutMs }: { readonly now: Date; readonly timeoutMs: number },
): JobSettings {
  const { name, data = null, priority, retry, missed, overlap } = body;
  return {
    name,
    data,
    priority,
    retry,
    missed,
    overlap,
    schedule: toSchedule(body, now),
    handlerId: body.handler_id ?? null,
    timeoutMs: body.timeout_ms ?? timeoutMs,
    uniqueKey: body.unique_key ?? null,
  };
}

/** The schema has seen to it that there is what the type needs. */
function toSchedule(body: NewJobBody, now: Date): Schedule {
  const { schedule = '', every_ms: everyMs = 0, time_zone: timeZone } = body;
  const type = toJobType(body);
  switch (type) {
    case 'scheduled':
      return { type, cron: schedule, timeZone };
    case 'recurring':
      return { type, everyMs, since: now };
    case 'one-time':
      return { type, at: new Date(schedule) };
    case 'on-demand':
      return { type };
  }
}

function neverTicks({ type }: Schedule) {
  return { field: 'schedule', message: type === 'one-time' ? 'must be a time to come' : 'never comes' };
}
