import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainCommit, ChainEvent, Checkpoint, EventLog } from '@fanfare/storage';
import { toCheckpointBody } from './verification';

export interface ExportLogDeps {
  readonly log: Pick<EventLog, 'readChain' | 'readCheckpointsFrom'>;
  /** In PEM; null when nothing is signed. */
  readonly publicKey: string | null;
}

export interface ExportRequest {
  /** The export begins with the commit that holds this position, and ends with the one that holds the other. */
  readonly from: number;
  readonly to: number;
}

/** Events may be large: this many are in memory at a time. */
const pageEvents = 100;
const pageCheckpoints = 100;
const format = 'fanfare-event-log/1';

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
 */
export async function* exportLog(
  { log, publicKey }: ExportLogDeps,
  { from, to }: ExportRequest,
): AsyncGenerator<string> {
  yield toLine({ format, public_key: publicKey });
  const checkpoints = eachCheckpoint(log, from);
  let signed = await checkpoints.next();
  let end = { position: from - 1, hash: '' };
  while (end.position < to) {
    const commits = await log.readChain(end.position + 1, pageEvents);
    for (const commit of commits) {
      if (end.position >= to) break;
      end = { position: commit.position + commit.events.length - 1, hash: commit.hash };
      yield toCommitLine(commit);
      for (; !signed.done && signed.value.position <= end.position; signed = await checkpoints.next()) {
        if (signed.value.position === end.position)
          yield toLine({ checkpoint: toCheckpointBody(signed.value) });
      }
    }
    if (commits.length === 0) break;
    // where reading never waits, others would have to
    await nextTurn();
  }
  yield toLine({ end });
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
