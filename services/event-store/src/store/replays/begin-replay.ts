import { AppError, type Clock } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import type { Observer } from '../../observers/observer';
import type { ObserverRegistry } from '../../observers/registry';
import type { CountedLog } from '../count-log';
import { findRange } from '../find-range';
import { newJob, type JobRange } from '../jobs/job';
import type { JobStore } from '../jobs/job-store';
import type { Candidate, Replay, ReplayRequest } from './replay';
import type { NewReplayBody } from './replay-body';

export interface BeginReplayDeps {
  readonly log: Pick<EventLog, 'head' | 'read'>;
  readonly store: Pick<JobStore<ReplayRequest>, 'insert'>;
  readonly observers: Pick<ObserverRegistry, 'find'>;
  readonly counted: Pick<CountedLog, 'counts'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

/** Notes a replay for whoever runs it. Throws `not_found` when its observer does not exist. */
export function createBeginReplay(deps: BeginReplayDeps) {
  const { store, observers, clock, newId } = deps;
  return async function beginReplay(body: NewReplayBody): Promise<Replay> {
    const { observer_id: id } = body;
    const observer = id === undefined ? null : await observers.find(id);
    if (id !== undefined && !observer) throw new AppError('not_found', `there is no observer ${id}`);
    const request: ReplayRequest = {
      observerId: id ?? null,
      projection: body.projection ?? null,
      candidate: body.candidate ? toCandidate(body.candidate, observer) : null,
      isShadow: body.shadow,
      types: body.types ?? null,
      speed: body.speed,
      ...(body.projection ? await findWhole(deps) : await findRange(deps.log, body)),
    };
    const replay = newJob(newId(), request, clock.now());
    await store.insert(replay);
    return replay;
  };
}

async function findWhole({ counted }: BeginReplayDeps): Promise<JobRange> {
  const { after, position } = await counted.counts();
  return { after, to: position };
}

/** What a candidate does not say is as the observer has it. */
function toCandidate(
  { event_types: eventTypes, filter, transform }: NonNullable<NewReplayBody['candidate']>,
  observer: Observer | null,
): Candidate {
  return {
    eventTypes: eventTypes ?? observer?.eventTypes ?? [],
    filters: filter === undefined ? (observer?.filters ?? []) : (filter ?? []),
    transform: transform === undefined ? (observer?.transform ?? null) : transform,
  };
}
