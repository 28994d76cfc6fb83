import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Anchor, Commit, CommitStore, StoredEvent } from './commit-store';
import type { Checkpoint, Verification, VerifyOptions } from './event-log';
import { hashCommit, hashData } from './chain';
import type { Sealer } from '../sealing/sealer';
import { createErasureRecords, type Explanation } from './erasure-records';
import { isUnopened, tryToOpen } from './open-stored';
import type { CheckpointSigner } from './sign-checkpoint';

/** Events may be large: this many are in memory at a time. */
const pageEvents = 100;
const maxCheckpoints = 1_000;

interface Flaw {
  readonly position: number;
  readonly reason: string;
}

/** How far a walk has come. */
interface Walk {
  readonly end: Anchor;
  readonly checked: number;
  readonly erased: number;
  readonly unopened: number;
  readonly firstUnopened?: number | undefined;
  readonly unexplained: number;
  readonly firstUnexplained?: number | undefined;
  readonly flaw?: Flaw;
}

/** What a walk goes by besides the commits. */
interface Evidence {
  readonly sealer: Sealer;
  readonly signedHashes: ReadonlyMap<number, string>;
}

export interface VerifyDeps {
  readonly signer: CheckpointSigner | undefined;
  readonly sealer: Sealer;
  readonly erasureTypes: readonly string[];
}

/** Recomputes every hash from the anchor, or from the commit before `from`, and compares it with the checkpoints. */
export async function verifyChain(
  store: CommitStore,
  { signer, sealer, erasureTypes }: VerifyDeps,
  { from = 1, to = Infinity, onProgress, signal }: VerifyOptions,
): Promise<Verification> {
  const checkpoints = await store.readCheckpoints(maxCheckpoints);
  const forged = checkpoints.find((checkpoint) => signer?.isGenuine(checkpoint) === false);
  let walk: Walk = { end: await startOf(store, from), checked: 0, erased: 0, unopened: 0, unexplained: 0 };
  if (forged)
    return conclude({ ...walk, flaw: { position: forged.position, reason: 'a checkpoint is forged' } });
  const signedHashes = new Map(checkpoints.map(({ position, hash }) => [position, hash]));
  const evidence = { sealer, signedHashes };
  const explainAll = createErasureRecords({ store, sealer, otherTypes: erasureTypes });
  while (!walk.flaw && walk.end.position < to && !signal?.aborted) {
    const commits = await store.readCommits(walk.end.position + 1, pageEvents);
    const anchor = await store.anchor();
    if (anchor.position > walk.end.position) {
      // truncated meanwhile
      walk = { ...walk, end: anchor };
      continue;
    }
    if (commits.length === 0) return conclude({ ...walk, ...findCut(walk.end, checkpoints) });
    const tombstones = commits.flatMap(({ events }) => events.filter(({ salt }) => salt === null));
    walk = countTombstones(walkOn(walk, commits, evidence, to), tombstones, await explainAll(tombstones));
    onProgress?.(walk.end.position);
    // where reading never waits, others would have to
    await nextTurn();
  }
  return conclude(walk);
}

/** Of the commit before `from` only the hash is taken for granted that the one before it is said to have. */
async function startOf(store: CommitStore, from: number): Promise<Anchor> {
  const anchor = await store.anchor();
  if (from - 1 <= anchor.position) return anchor;
  const [before] = await store.readCommits(from - 1, 1);
  return before && before.position > anchor.position
    ? { position: before.position - 1, hash: before.previousHash }
    : anchor;
}

function walkOn(
  start: Walk,
  commits: readonly Commit[],
  { sealer, signedHashes }: Evidence,
  to: number,
): Walk {
  let walk = start;
  for (const commit of commits) {
    const { end, checked, unopened, firstUnopened } = walk;
    if (end.position >= to) return walk;
    const next = { position: end.position + commit.events.length, hash: commit.hash };
    const flaw = findFlaw(commit, end, sealer) ?? contradiction(commit, next, signedHashes);
    if (flaw) return { ...walk, flaw };
    const sealed = commit.events.filter((event) => isUnopened(event, sealer));
    walk = {
      ...walk,
      end: next,
      checked: checked + commit.events.length,
      unopened: unopened + sealed.length,
      firstUnopened: firstUnopened ?? sealed[0]?.position,
    };
  }
  return walk;
}

/** Of the tombstones of a page those count that the walk has passed. */
function countTombstones(
  walk: Walk,
  tombstones: readonly StoredEvent[],
  explanations: readonly Explanation[],
): Walk {
  const passed = tombstones.filter(({ position }) => position <= walk.end.position);
  const which = (wanted: Explanation) => passed.filter((_, index) => explanations[index] === wanted);
  const [unknown, unexplained] = [which('unknown'), which('unexplained')];
  return {
    ...walk,
    erased: walk.erased + passed.length,
    unopened: walk.unopened + unknown.length,
    firstUnopened: walk.firstUnopened ?? unknown[0]?.position,
    unexplained: walk.unexplained + unexplained.length,
    firstUnexplained: walk.firstUnexplained ?? unexplained[0]?.position,
  };
}

function findFlaw(commit: Commit, { position, hash }: Anchor, sealer: Sealer): Flaw | undefined {
  const first = position + 1;
  if (commit.position !== first) return { position: first, reason: 'a commit is missing here' };
  const { events, recordedAtMs, previousHash } = commit;
  const misplaced = events.findIndex((event, index) => event.position !== first + index);
  if (misplaced >= 0) return { position: first + misplaced, reason: 'an event is missing here' };
  const changed = events.find((event) => hasChangedData(event, sealer));
  if (changed) return { position: changed.position, reason: 'the data is not what was appended' };
  const redated = events.find((event) => event.recordedAtMs !== recordedAtMs);
  if (redated) return { position: redated.position, reason: 'the event was re-dated' };
  if (previousHash !== hash) return { position: first, reason: 'the commit does not follow the one before' };
  return hashCommit(commit) === commit.hash
    ? undefined
    : { position: first, reason: 'the commit is not what was appended' };
}

/** Of data whose key is not there nobody can tell. */
function hasChangedData(event: StoredEvent, sealer: Sealer): boolean {
  const { salt, data, dataHash } = event;
  if (salt === null && data === null) return false;
  if (salt === null || data === null) return true;
  if (isUnopened(event, sealer)) return false;
  const opened = tryToOpen(event, sealer);
  return opened === null || hashData(opened.salt ?? '', opened.data ?? '') !== dataHash;
}

function contradiction(
  commit: Commit,
  { position, hash }: Anchor,
  signedHashes: ReadonlyMap<number, string>,
): Flaw | undefined {
  const signed = signedHashes.get(position);
  return signed === undefined || signed === hash
    ? undefined
    : { position: commit.position, reason: 'the chain was rewritten: a checkpoint says otherwise' };
}

/** A chain that lost its end is whole in itself; only a checkpoint beyond it tells. */
function findCut({ position }: Anchor, checkpoints: readonly Checkpoint[]): { flaw?: Flaw } {
  return checkpoints.some((checkpoint) => checkpoint.position > position)
    ? { flaw: { position: position + 1, reason: 'the end of the log is missing: a checkpoint lies beyond' } }
    : {};
}

function conclude(walk: Walk): Verification {
  const { end, checked, erased, unopened, firstUnopened, unexplained } = walk;
  const flaw = walk.flaw ?? findRemoval(walk);
  const blind = firstUnopened !== undefined && { unopened, firstUnopenedPosition: firstUnopened };
  const counted = { checked, erased, ...blind, ...(unexplained > 0 && { unexplained }) };
  const answer = { valid: !flaw, ...counted, headPosition: end.position, headHash: end.hash };
  return flaw ? { ...answer, firstInvalidPosition: flaw.position, reason: flaw.reason } : answer;
}

/** The chain itself is whole without the data. */
function findRemoval({ firstUnexplained }: Walk): Flaw | undefined {
  return firstUnexplained === undefined
    ? undefined
    : { position: firstUnexplained, reason: 'the data was removed, and no erasure tells of it' };
}
