import { AppError, type Clock } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import { HttpProblem } from '@fanfare/service-kit';
import type { Observer } from '../../observers/observer';
import type { ObserverRegistry } from '../../observers/registry';
import type { CountedLog } from '../count-log';
import { lastBefore } from '../read-range';
import { noProgress, type Candidate, type Replay, type ReplayRequest } from './replay';
import type { NewReplayBody } from './replay-body';
import type { ReplayStore } from './replay-store';

export interface BeginReplayDeps {
  readonly log: Pick<EventLog, 'head' | 'read'>;
  readonly store: Pick<ReplayStore, 'insert'>;
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
      ...(body.projection ? await findWhole(deps) : await findRange(deps, body)),
    };
    const replay: Replay = {
      id: newId(),
      state: 'running',
      request,
      progress: noProgress(request),
      startedAt: clock.now(),
      endedAt: null,
    };
    await store.insert(replay);
    return replay;
  };
}

type Range = Pick<ReplayRequest, 'after' | 'to'>;

async function findWhole({ counted }: BeginReplayDeps): Promise<Range> {
  const { after, position } = await counted.counts();
  return { after, to: position };
}

/** What lies within the times and the positions that are given. */
async function findRange({ log }: BeginReplayDeps, body: NewReplayBody): Promise<Range> {
  const { from, to, from_position: fromPosition = 0, to_position: toPosition = Infinity } = body;
  const head = await log.head();
  const after = Math.max(fromPosition, from ? await lastBefore(log, from) : 0);
  const last = Math.min(toPosition, head, to ? await lastBefore(log, to) : head);
  if ((from && to && from > to) || fromPosition > toPosition)
    throw new HttpProblem(400, 'the replay would end before it begins');
  return { after, to: Math.max(after, last) };
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
