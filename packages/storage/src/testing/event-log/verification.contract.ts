import { generateKeyPairSync } from 'node:crypto';
import { hashCommit } from '../../event-log/chain';
import type { Commit, CommitStore } from '../../event-log/commit-store';
import type { Checkpoint, EventLog } from '../../event-log/event-log';
import { createCheckpointSigner } from '../../event-log/sign-checkpoint';
import { sampleEvent, toNoStream, toStream } from './samples';
import type { EventLogUnderTest, Tampering } from './under-test';
import type { TestEventLogs } from './use-event-logs';

const commitBegins = [1, 3, 5, 7, 9];
const head = 10;

function newSigner() {
  const { privateKey } = generateKeyPairSync('ed25519');
  return createCheckpointSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

export function describeVerification(
  { open, reopen, url }: TestEventLogs,
  { tamper }: EventLogUnderTest,
): void {
  let log: EventLog;
  const signer = newSigner();

  /** Commits of two events each. */
  beforeEach(async () => {
    log = await open({ signer });
    for (const position of commitBegins) {
      const appends = toStream(`s-${position}`, 'none', [`e-${position}`]).appends;
      const events = [sampleEvent(`e-${position + 1}`, { data: new Uint8Array([position]) })];
      await log.append({
        appends: [...appends, { stream: null, expected: 'any', events }],
        cursors: { orders: position },
      });
    }
  });

  describe('the chain', () => {
    it('verifies as long as nobody has changed anything', async () => {
      const verification = await log.verify();

      expect(verification).toEqual({
        valid: true,
        checked: head,
        erased: 0,
        headPosition: head,
        headHash: expect.stringMatching(/^[\da-f]{64}$/) as string,
      });
    });

    const attacks: readonly (readonly [
      string,
      readonly number[],
      (t: Tampering, position: number) => unknown,
    ])[] = [
      ['changes the data of an event', commitBegins, (t, position) => t.changeData(position)],
      ['changes an attribute of an event', commitBegins, (t, position) => t.changeAttributes(position)],
      ['deletes a commit', commitBegins.slice(0, -1), (t, position) => t.deleteCommit(position)],
      ['swaps two events of a commit', commitBegins, (t, position) => t.swapEvents(position, position + 1)],
      [
        'swaps events of two commits',
        commitBegins.slice(0, -1),
        (t, position) => t.swapEvents(position, position + 2),
      ],
      ['re-dates a commit', commitBegins, (t, position) => t.redateCommit(position)],
    ];

    it.each(
      attacks.flatMap(([what, positions, attack]) =>
        positions.map((position) => ({ what, position, attack })),
      ),
    )('tells where when somebody $what at $position', async ({ position, attack }) => {
      await tamper(url(), async (tampering) => {
        await attack(tampering, position);
      });

      expect(await log.verify()).toMatchObject({
        valid: false,
        firstInvalidPosition: position,
        headPosition: position - 1,
        reason: expect.any(String) as string,
      });
      expect(await log.verify({ to: position - 1 })).toMatchObject({ valid: true, checked: position - 1 });
    });

    it.each(commitBegins)(
      'tells where when somebody appends a copy of the commit at %d',
      async (position) => {
        await tamper(url(), (tampering) => tampering.insertCopy(position));

        expect(await log.verify()).toMatchObject({ valid: false, firstInvalidPosition: head + 1 });
      },
    );

    it('tells that a commit was forged with a hash that fits: the next one does not follow it', async () => {
      const reader = await reopen({ wrap: withForgedCommit(5) });

      expect(await reader.verify()).toMatchObject({ valid: false, firstInvalidPosition: 7 });
    });

    it('tells that its end was cut off, by a checkpoint', async () => {
      await log.checkpoint();
      await tamper(url(), (tampering) => tampering.deleteCommit(9));

      expect(await (await reopen({ signer })).verify()).toMatchObject({
        valid: false,
        firstInvalidPosition: 9,
      });
    });

    it('tells that it was rewritten as a whole, by a checkpoint', async () => {
      const checkpoint = await log.checkpoint();
      const rewritten = await open({ signer, wrap: withCheckpoints([checkpoint]) });
      await rewritten.append(toNoStream(Array.from({ length: head }, (_, index) => `forged-${index}`)));

      const verification = await rewritten.verify();

      expect(verification).toMatchObject({ valid: false, firstInvalidPosition: 1 });
    });

    it('tells that a checkpoint was forged', async () => {
      const checkpoint = await log.checkpoint();
      const byAnother = newSigner().sign(checkpoint, new Date());

      for (const forged of [{ ...checkpoint, position: 8 }, { ...checkpoint, signature: 'AA' }, byAnother]) {
        const reader = await reopen({ signer, wrap: withCheckpoints([forged]) });
        expect(await reader.verify()).toMatchObject({ valid: false, reason: 'a checkpoint is forged' });
      }
    });

    it('keeps checkpoints, and goes on verifying', async () => {
      const checkpoint = await log.checkpoint();
      await log.append(toNoStream(['more']));
      const newer = await log.checkpoint();

      expect(await log.readCheckpoints(10)).toEqual([newer, checkpoint]);
      expect(await log.readCheckpoints(1)).toEqual([newer]);
      expect(await log.readCheckpointsFrom(head, 10)).toEqual([checkpoint, newer]);
      expect(await log.readCheckpointsFrom(head, 1)).toEqual([checkpoint]);
      expect(await log.readCheckpointsFrom(head + 1, 10)).toEqual([newer]);
      expect(checkpoint).toMatchObject({ position: head, hash: (await log.verify({ to: head })).headHash });
      expect(await (await reopen({ signer })).verify()).toMatchObject({ valid: true, checked: head + 1 });
      await expect((await reopen()).checkpoint()).rejects.toMatchObject({ code: 'invalid' });
    });

    it('is verified in parts: a walk that was stopped goes on where it stood', async () => {
      const stop = new AbortController();
      const seen: number[] = [];
      stop.abort();

      const stopped = await log.verify({ signal: stop.signal });
      const part = await log.verify({ to: 5, onProgress: (position) => seen.push(position) });
      const rest = await log.verify({ from: part.headPosition + 1 });

      expect(stopped).toMatchObject({ valid: true, checked: 0, headPosition: 0 });
      expect([part.headPosition, rest.headPosition]).toEqual([6, head]);
      expect(seen).toEqual([6]);
      expect(rest).toMatchObject({ valid: true, checked: 6, headHash: (await log.verify()).headHash });
    });

    it('tells from any begin that a commit does not follow the one before', async () => {
      await tamper(url(), (tampering) => tampering.redateCommit(5));

      expect(await log.verify({ from: 5 })).toMatchObject({ valid: false, firstInvalidPosition: 5 });
      expect(await log.verify({ from: 9 })).toMatchObject({ valid: true, checked: 4 });
    });
  });
}

function withCheckpoints(checkpoints: readonly Checkpoint[]): (store: CommitStore) => CommitStore {
  return (store) => ({ ...store, readCheckpoints: () => Promise.resolve(checkpoints) });
}

function withForgedCommit(position: number): (store: CommitStore) => CommitStore {
  const forge = (commit: Commit): Commit => {
    const forged = { ...commit, cursors: { orders: 1_000 } };
    return { ...forged, hash: hashCommit(forged) };
  };
  return (store) => ({
    ...store,
    readCommits: async (...place) =>
      (await store.readCommits(...place)).map((commit) =>
        commit.position === position ? forge(commit) : commit,
      ),
  });
}
