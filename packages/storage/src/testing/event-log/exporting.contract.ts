import { createHash } from 'node:crypto';
import { canonicalise } from '../../event-log/canonical-json';
import type { ChainCommit, ChainEvent, EventLog } from '../../event-log/event-log';
import { toNoStream, toStream } from './samples';
import type { TestEventLogs } from './use-event-logs';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The text that was hashed, from nothing but what is read. */
function dataText({ event: { data }, isBinary }: ChainEvent): string {
  if (isBinary) return Buffer.from(data as Uint8Array).toString('base64');
  return data === undefined ? '' : JSON.stringify(data);
}

function computeHash({ previousHash, cursors, position, recordedAt, events }: ChainCommit): string {
  const covered = events.map(({ event, stream, version, dataHash, isBinary }) => {
    return {
      dataHash,
      isBinary,
      version,
      // members that are undefined are left out
      attributes: { ...event, data: undefined },
      category: stream?.type ?? null,
      streamId: stream?.id ?? null,
    };
  });
  return sha256(
    previousHash + canonicalise({ cursors, events: covered, position, recordedAtMs: recordedAt.getTime() }),
  );
}

export function describeExporting({ open }: TestEventLogs): void {
  let log: EventLog;

  beforeEach(async () => {
    log = await open();
    await log.append({ ...toStream('s-1', 'none', ['e-1', 'e-2']), cursors: { orders: 7 } });
    await log.append(toNoStream(['e-3'], { data: new Uint8Array([0, 200]), subject: 'u-1' }));
    const odd = { 2: [1e21, -0, 0.1], 1: '\u2028"\\ü', nothing: null };
    await log.append(toNoStream(['e-4'], { data: odd }));
    await log.append(toNoStream(['e-5'], { data: undefined }));
  });

  it('reads commits with all that it takes to compute their hashes again', async () => {
    const commits = await log.readChain(1, 100);

    expect(commits.map(({ position, events }) => [position, events.length])).toEqual([
      [1, 2],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
    expect(commits[0]?.cursors).toEqual({ orders: 7 });
    let previousHash = sha256('');
    for (const commit of commits) {
      expect(commit.previousHash).toBe(previousHash);
      expect(computeHash(commit)).toBe(commit.hash);
      for (const event of commit.events)
        expect(sha256((event.salt ?? '') + dataText(event))).toBe(event.dataHash);
      previousHash = commit.hash;
    }
    expect(previousHash).toBe((await log.verify()).headHash);
  });

  it('reads on from the commit that holds a position, in pages, to the end', async () => {
    expect((await log.readChain(2, 1)).map(({ position }) => position)).toEqual([1]);
    expect((await log.readChain(4, 100)).map(({ position }) => position)).toEqual([4, 5]);
    expect(await log.readChain(6, 100)).toEqual([]);
  });

  it('keeps of erased data only its hash', async () => {
    const before = await log.readChain(3, 1);
    await log.erase({ subject: 'u-1' });

    const [commit] = await log.readChain(3, 1);

    expect(commit?.events[0]).toMatchObject({ isErased: true, salt: null, isBinary: true });
    expect(commit?.events[0]?.dataHash).toBe(before[0]?.events[0]?.dataHash);
    expect(commit && computeHash(commit)).toBe(commit?.hash);
  });
}
