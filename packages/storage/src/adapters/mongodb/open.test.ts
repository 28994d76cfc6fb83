import { createVirtualClock } from '@fanfare/core';
import fc from 'fast-check';
import { genesis, hashCommit } from '../../event-log/chain';
import type { Commit, CommitStore, Tail } from '../../event-log/commit-store';
import { createEventLog } from '../../event-log/create-event-log';
import { describeAdapter } from '../../testing/adapters';
import { eventLogAdapters } from '../../testing/event-log/adapters';
import { idsOf, readAll, sampleEvent, toStream } from '../../testing/event-log/samples';
import { encodeEvent } from '../../event-log/encode-event';
import { openMongoCommitStore, type MongoCommitStoreOptions } from './open';

const adapter = eventLogAdapters().find(({ name }) => name === 'MongoDB');
const clock = createVirtualClock();

describe('an event log in MongoDB', () => {
  if (!adapter) throw new Error('there is no such adapter');
  describeAdapter(adapter, ({ createUrl, removeAll }) => {
    const opened: CommitStore[] = [];
    let url: string;

    async function open(options?: MongoCommitStoreOptions): Promise<CommitStore> {
      const store = await openMongoCommitStore(url, clock, options);
      opened.push(store);
      return store;
    }

    beforeEach(async () => {
      url = await createUrl();
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
      await removeAll();
    });

    it('takes one of several commits that go by the same tail, whatever their lengths', async () => {
      const stores = await Promise.all([open(), open(), open(), open()]);
      const length = fc.integer({ min: 1, max: 4 });
      let tail: Tail = genesis;

      await fc.assert(
        fc.asyncProperty(fc.array(length, { minLength: 4, maxLength: 4 }), async (lengths) => {
          const commits = lengths.map((events, index) =>
            commitAfter(tail, events, `${tail.position}-${index}`),
          );

          const inserted = await Promise.all(
            stores.map((store, index) => store.insert(commits[index] ?? commitAfter(tail, 1, ''), tail)),
          );

          const taken = commits.filter((_, index) => inserted[index]);
          expect(taken).toHaveLength(1);
          tail = endOf(taken[0]);
          for (const store of stores) expect(await store.tail()).toEqual(tail);
        }),
        { numRuns: 20 },
      );
    });

    it('refuses whoever goes by a tail of long ago, also when what followed it was truncated', async () => {
      const [sleeper, other] = [await open(), await open()];
      const first = commitAfter(genesis, 2, 'first');
      await sleeper.insert(first, genesis);
      const old = await sleeper.tail();
      let tail = old;
      for (const id of ['a', 'b', 'c']) {
        await other.insert(commitAfter(tail, 3, id), tail);
        tail = await other.tail();
      }
      await other.truncate({ position: 8, hash: 'of no interest' });

      expect(await sleeper.insert(commitAfter(old, 1, 'late'), old)).toBe(false);

      expect(await sleeper.tail()).toEqual(tail);
      expect(await (await open()).tail()).toEqual(tail);
    });

    it('follows others however many commits it has missed', async () => {
      const [reader, writer] = [await open(), await open()];
      await reader.tail();
      let tail: Tail = genesis;
      for (let count = 0; count < 150; count += 1) {
        const commit = commitAfter(tail, 1, `e-${count}`);
        await writer.insert(commit, tail);
        tail = endOf(commit);
      }

      expect(await reader.tail()).toEqual(tail);
      const place = { position: 3, direction: 'forwards', limit: 1_000 } as const;
      expect((await reader.readEvents({}, place)).map(({ position }) => position)).toEqual(
        Array.from({ length: 147 }, (_, index) => index + 4),
      );
    });

    it.each([0, 2, 1_000])('decides the same when it remembers %d events', async (maxKnownEvents) => {
      const log = createEventLog({ store: await open({ maxKnownEvents }), clock });
      await log.append(toStream('a', 'none', ['e-1', 'e-2']));
      const again = createEventLog({ store: await open({ maxKnownEvents }), clock });

      await again.append(toStream('a', 1, ['e-3']));
      await log.append(toStream('b', 'none', ['e-4']));

      expect((await again.append(toStream('a', 'none', ['e-1', 'e-2']))).events).toMatchObject([
        { position: 1, isRepeated: true },
        { position: 2, isRepeated: true },
      ]);
      await expect(log.append(toStream('a', 1, ['e-5']))).rejects.toMatchObject({ currentVersion: 2 });
      await expect(again.append(toStream('b', 'none', ['e-5']))).rejects.toMatchObject({ currentVersion: 0 });
      expect(idsOf(await readAll(again))).toEqual(['e-1', 'e-2', 'e-3', 'e-4']);
    });

    it('lets several make the same cursor at once', async () => {
      const stores = await Promise.all([open(), open(), open(), open()]);

      for (let round = 0; round < 20; round += 1) {
        const name = `orders/${round}`;
        await Promise.all(stores.map((store, index) => store.moveCursors({ [name]: index + 1 })));
        // not always the highest: of two updates at once FerretDB may lose one, and what follows a cursor may be repeated
        expect(await Promise.all(stores.map((store) => store.cursor(name)))).not.toContain(0);
      }
    });

    it.each([
      ['that lags behind', false, 1_000],
      ['that lags behind, beside what is remembered,', true, 1_000],
      ['that lags behind, and remembers nothing,', true, 0],
    ])(
      'knows the highest value of a cursor when a writer %s has moved it last',
      async (_, looks, maxKnownEvents) => {
        const [one, other] = [await open({ maxKnownEvents }), await open({ maxKnownEvents })];
        if (looks) for (const store of [one, other]) await store.tail();
        let tail: Tail = genesis;
        for (const [store, value] of [
          [one, 5],
          [other, 9],
          [one, 7],
        ] as const) {
          const commit = { ...commitAfter(tail, 1, `moved-${value}`), cursors: { 'a.$b': value } };
          await store.insert(commit, tail);
          tail = endOf(commit);
        }

        expect(await one.cursor('a.$b')).toBe(9);
        await other.truncate({ position: 2, hash: '' });
        expect(await other.cursor('a.$b')).toBe(9);
        await one.moveCursors({ 'a.$b': 12 });
        expect(await other.cursor('a.$b')).toBe(12);
      },
    );
  });
});

function endOf(commit: Commit | undefined): Tail {
  if (!commit) return genesis;
  const { position, events, hash, recordedAtMs } = commit;
  return { position: position + events.length - 1, hash, recordedAtMs };
}

/** A valid commit behind a tail. */
function commitAfter(tail: Tail, length: number, name: string): Commit {
  const recordedAtMs = tail.recordedAtMs + 1;
  const position = tail.position + 1;
  const events = Array.from({ length }, (_, index) => {
    const { attributes, dataHash, salt, data, isBinary } = encodeEvent(
      sampleEvent(`${name}-${index}`),
      () => 'salt',
    );
    const content = { attributes, dataHash, salt, data, isBinary };
    const place = { position: position + index, streamId: null, category: null, version: null };
    return { ...content, ...place, recordedAtMs };
  });
  const commit = { position, recordedAtMs, events, cursors: {}, previousHash: tail.hash };
  return { ...commit, hash: hashCommit(commit) };
}
