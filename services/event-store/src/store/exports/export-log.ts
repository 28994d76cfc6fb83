import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '@fanfare/core';
import type { ChainCommit, ChainEvent, Checkpoint, EventLog } from '@fanfare/storage';
import type { JobRange } from '../jobs/job';
import { toCheckpointBody } from '../verification';

export interface ExportLogDeps {
  readonly log: Pick<EventLog, 'readChain' | 'readCheckpointsFrom'>;
  /** In PEM; null when nothing is signed. */
  readonly publicKey: string | null;
}

/** Which lines there are besides those of the commits. */
export interface Framing {
  readonly hasHead: boolean;
  readonly hasEnd: boolean;
}

/** Events may be large: this many are in memory at a time. */
const pageEvents = 100;
const pageCheckpoints = 100;
const format = 'fanfare-event-log/1';
const truncatedMeanwhile = 'the log was truncated while it was exported';

/**
 * A part of the log as lines of JSON that prove themselves, for `npm run verify` and for whoever wants to check them
 * without Fanfare:
 *
 * - first `{format, public_key}`;
 * - then a line for each commit `{position, recorded_at, cursors, events: [{stream, version, data_hash, salt, is_binary,
 *   event}], previous_hash, hash}`, hashed as `EventLog.readChain` says, the event a CloudEvent in its JSON form; the
 *   `salt` is null when the data was erased;
 * - behind the commit that it signs, `{checkpoint: {position, hash, at, signature}}`;
 * - at the end `{end: {position, hash}}`, which a file that was cut short lacks.
 *
 * Of the commits those that begin in the range. Parts that follow one another, the first with the head and the last with the
 * end, make the same file. Throws when the log is truncated meanwhile.
 */
export async function* exportLog(
  { log, publicKey }: ExportLogDeps,
  range: JobRange,
  { hasHead, hasEnd }: Framing = { hasHead: true, hasEnd: true },
): AsyncGenerator<string> {
  if (hasHead) yield toLine({ format, public_key: publicKey });
  const checkpoints = eachCheckpoint(log, range.after + 1);
  let signed = await checkpoints.next();
  let end = { position: range.after, hash: '' };
  for await (const commit of eachCommit(log, range)) {
    end = { position: endOf(commit), hash: commit.hash };
    if (commit.position <= range.after) continue;
    yield toCommitLine(commit);
    for (; !signed.done && signed.value.position <= end.position; signed = await checkpoints.next()) {
      if (signed.value.position === end.position)
        yield toLine({ checkpoint: toCheckpointBody(signed.value) });
    }
  }
  if (hasEnd) yield toLine({ end });
}

/** The commits that lie in the range, also those of which only a part does. */
async function* eachCommit(
  log: Pick<EventLog, 'readChain'>,
  { after, to }: JobRange,
): AsyncGenerator<ChainCommit, void, undefined> {
  let position = after;
  while (position < to) {
    const commits = await log.readChain(position + 1, pageEvents);
    for (const commit of commits) {
      if (position >= to) return;
      if (commit.position > position + 1) throw new AppError('conflict', truncatedMeanwhile);
      position = endOf(commit);
      yield commit;
    }
    if (commits.length === 0) return;
    // where reading never waits, others would have to
    await nextTurn();
  }
}

function endOf({ position, events }: ChainCommit): number {
  return position - 1 + events.length;
}

async function* eachCheckpoint(
  log: Pick<EventLog, 'readCheckpointsFrom'>,
  from: number,
): AsyncGenerator<Checkpoint, undefined> {
  for (let position = from; ;) {
    const checkpoints = await log.readCheckpointsFrom(position, pageCheckpoints);
    yield* checkpoints;
    const last = checkpoints.at(-1);
    if (!last || checkpoints.length < pageCheckpoints) return;
    position = last.position + 1;
  }
}

function toCommitLine({ position, recordedAt, cursors, events, previousHash, hash }: ChainCommit): string {
  return toLine({
    position,
    recorded_at: recordedAt.toISOString(),
    cursors,
    events: events.map(toEventMember),
    previous_hash: previousHash,
    hash,
  });
}

function toEventMember({ stream, version, dataHash, salt, isBinary, event }: ChainEvent) {
  const { data, ...attributes } = event;
  const isEncoded = data instanceof Uint8Array;
  return {
    stream,
    version,
    data_hash: dataHash,
    salt,
    is_binary: isBinary,
    event: isEncoded ? { ...attributes, data_base64: Buffer.from(data).toString('base64') } : event,
  };
}

function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
