import type { Clock } from '@fanfare/core';
import type { EventFilter, EventLog, LogEvent } from '@fanfare/storage';
import { parseTypePattern } from '../../events/type-pattern';
import { readRange } from '../read-range';
import type { JobProgress } from '../jobs/job';
import type { ClaimedJob, JobStore } from '../jobs/job-store';
import { addFindings, type ReplayRequest } from './replay';
import type { Effects, ReplayTarget } from './replay-target';

export interface RunReplayDeps {
  readonly log: Pick<EventLog, 'read'>;
  readonly store: Pick<JobStore<ReplayRequest>, 'save' | 'end'>;
  readonly clock: Clock;
}

/** Progress is written after so many events, or so much time. */
const maxBatch = 100;
const maxUnsavedMs = 1_000;

/**
 * Runs a replay from where it stands to its end, or until `signal` aborts or it is somebody else's. What was taken since
 * the last progress was written is taken again by whoever goes on.
 */
export async function runReplay(
  { log, store, clock }: RunReplayDeps,
  replay: ClaimedJob<ReplayRequest>,
  target: ReplayTarget,
  signal: AbortSignal,
): Promise<void> {
  const { request } = replay;
  const { to } = request;
  const filter = toFilter(request.types);
  const waitFor = createPace(clock, request.speed);
  let { progress } = replay;
  let batch = target.beginBatch(progress.findings);
  let taken = 0;
  let savedAtMs = clock.elapsedMs();

  /** Whether to go on. */
  async function save(): Promise<boolean> {
    const effects = batch.effects();
    progress = withFindings(progress, effects);
    const goesOn = await store.save(replay, progress, (tx) => effects.write(tx));
    batch = target.beginBatch(progress.findings);
    taken = 0;
    savedAtMs = clock.elapsedMs();
    return goesOn && !signal.aborted;
  }

  /** Whether to go on. */
  async function take(logged: LogEvent): Promise<boolean> {
    const waitMs = waitFor(logged);
    if (waitMs > 0) {
      if (taken > 0 && !(await save())) return false;
      await clock.sleep(waitMs, signal);
    }
    if (signal.aborted) return save();
    const errors = await batch.take(logged, signal);
    if (!errors) return save();
    progress = note(progress, logged, errors);
    taken += 1;
    const isDue = taken >= maxBatch || clock.elapsedMs() - savedAtMs >= maxUnsavedMs;
    return isDue ? save() : true;
  }

  if (progress.total === null) {
    let total = 0;
    for await (const events of readRange(log, { after: request.after, to, filter })) {
      if (signal.aborted) return;
      total += events.filter((logged) => target.concerns(logged)).length;
    }
    progress = { ...progress, total };
    if (!(await save())) return;
  }
  for await (const events of readRange(log, { after: progress.position, to, filter })) {
    for (const logged of events) {
      if (target.concerns(logged) && !(await take(logged))) return;
      progress = { ...progress, position: logged.position };
    }
    if (!(await save())) return;
  }
  progress = { ...progress, position: Math.max(progress.position, to) };
  const last = await target.finish(progress.findings);
  await store.end(replay, withFindings(progress, last), 'done', (tx) => last.write(tx));
}

function toFilter(types: readonly string[] | null): EventFilter {
  return { types: types?.flatMap((text) => parseTypePattern(text).filterTypes) };
}

function note(progress: JobProgress, { position }: LogEvent, errors: readonly string[]): JobProgress {
  return {
    ...progress,
    position,
    processed: progress.processed + 1,
    errors: progress.errors + errors.length,
    lastError: errors.at(-1) ?? progress.lastError,
  };
}

function withFindings(progress: JobProgress, { findings }: Effects): JobProgress {
  return { ...progress, findings: addFindings(progress.findings, findings) };
}

/** How long to wait before each event, for the time between events to pass `speed` times as fast as it did. */
function createPace(clock: Clock, speed: number): (logged: LogEvent) => number {
  let begin: { readonly recordedAtMs: number; readonly elapsedMs: number } | undefined;
  return function waitFor({ recordedAt }) {
    if (speed === 0) return 0;
    begin ??= { recordedAtMs: recordedAt.getTime(), elapsedMs: clock.elapsedMs() };
    const dueMs = begin.elapsedMs + (recordedAt.getTime() - begin.recordedAtMs) / speed;
    return Math.max(0, dueMs - clock.elapsedMs());
  };
}
