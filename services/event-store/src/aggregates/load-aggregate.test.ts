import { AppError, createVirtualClock } from '@fanfare/core';
import { openEventLog, type EventLog } from '@fanfare/storage';
import * as fc from 'fast-check';
import { toNewEvents, type Happening } from '../../test/logged-history';
import type { Aggregate } from './aggregate';
import { createLoadAggregate, VersionTruncated, type VersionRange } from './load-aggregate';

const clock = createVirtualClock();
const stream = { id: 'a-1', type: 'custom' };

/** A log with the history of one aggregate: an event a minute. */
async function openHistory(happenings: readonly Happening[]): Promise<EventLog> {
  const log = await openEventLog('sqlite::memory:', { clock });
  for (const event of toNewEvents(stream, happenings)) {
    await log.append({ appends: [{ stream, expected: 'any', events: [event] }] });
    await clock.advance(60_000);
  }
  return log;
}

const counting = (count: number): Happening[] =>
  Array.from({ length: count }, (_, n) => ({ name: 'custom', data: { n, [`key-${n % 3}`]: n } }));

const without = () => Promise.resolve(null);

describe('loading an aggregate', () => {
  let log: EventLog;

  afterEach(() => log.close());

  function loader(snapshots: readonly Aggregate[]) {
    const read: number[] = [];
    const findBase = (_: string, { from, to }: VersionRange) =>
      Promise.resolve(snapshots.findLast(({ version }) => version >= from && version <= to) ?? null);
    const load = createLoadAggregate({
      log: {
        ...log,
        readStream: async (...request) => {
          const events = await log.readStream(...request);
          read.push(...events.map(({ version }) => version ?? -1));
          return events;
        },
      },
      findBase,
    });
    return { load, read };
  }

  it('from a snapshot gives what the whole history gives, at every version and time', async () => {
    log = await openHistory(counting(12));
    const loadAll = createLoadAggregate({ log, findBase: without });
    const history = await Promise.all(counting(12).map((_, version) => loadAll('a-1', { version })));
    const known = history.filter((aggregate) => aggregate !== null);

    await fc.assert(
      fc.asyncProperty(fc.subarray(known), fc.nat(11), async (snapshots, version) => {
        const { load, read } = loader(snapshots);
        const whole = known[version];
        const at = whole?.updatedAt;

        expect(await load('a-1', { version })).toEqual(whole);
        expect(await load('a-1', { at })).toEqual(whole);
        const base = snapshots.findLast((snapshot) => snapshot.version <= version)?.version ?? -1;
        expect(read).toHaveLength(2 * (version - base));
      }),
      { numRuns: 40 },
    );
  });

  it('at a moment between two events gives what the first of them left', async () => {
    log = await openHistory(counting(3));
    const load = createLoadAggregate({ log, findBase: without });
    const second = await load('a-1', { version: 1 });
    const at = (ms: number) => new Date((second?.updatedAt.getTime() ?? 0) + ms);

    expect(await load('a-1', { at: at(-1) })).toMatchObject({ version: 0 });
    expect(await load('a-1', { at: at(0) })).toMatchObject({ version: 1 });
    expect(await load('a-1', { at: at(59_999) })).toMatchObject({ version: 1 });
    expect(await load('a-1', { at: at(60_000) })).toMatchObject({ version: 2 });
    expect(await load('a-1', { at: at(-60_001) })).toBeNull();
  });

  it('finds nothing where there is none, or no such version yet', async () => {
    log = await openHistory(counting(2));
    const load = createLoadAggregate({ log, findBase: without });

    expect(await load('a-2')).toBeNull();
    expect(await load('a-1', { version: 2 })).toBeNull();
    expect(await load('a-1')).toMatchObject({ version: 1 });
  });

  it('fails as unavailable when the log is away', async () => {
    log = await openHistory([]);
    const away = () => Promise.reject(new AppError('unavailable', 'the log is away'));
    const load = createLoadAggregate({ log: { ...log, findStream: away }, findBase: without });

    await expect(load('a-1')).rejects.toMatchObject({ code: 'unavailable' });
  });

  describe('of which the beginning was truncated', () => {
    const cut = 6;

    async function openTruncated(happenings = counting(10)) {
      log = await openHistory(happenings);
      const load = createLoadAggregate({ log, findBase: without });
      const history = await Promise.all(happenings.map((_, version) => load('a-1', { version })));
      await log.truncate(cut + 1);
      return history.filter((aggregate) => aggregate !== null);
    }

    it('goes on from the last version that went, and has none before it', async () => {
      const history = await openTruncated();
      const { load } = loader(history.slice(0, cut));
      const lastGone = history[cut - 1]?.updatedAt ?? new Date(0);

      for (const version of [cut - 1, cut, 9])
        expect(await load('a-1', { version })).toEqual(history[version]);
      expect(await load('a-1', { at: lastGone })).toEqual(history[cut - 1]);
      await expect(load('a-1', { version: cut - 2 })).rejects.toThrow(VersionTruncated);
      await expect(load('a-1', { at: new Date(lastGone.getTime() - 1) })).rejects.toThrow(VersionTruncated);
    });

    it('cannot be loaded without what it was by then', async () => {
      await openTruncated();
      const { load } = loader([]);

      await expect(load('a-1')).rejects.toThrow(VersionTruncated);
    });

    it('is known to be erased without what it was by then', async () => {
      const erased = await openTruncated();
      await log.erase({ subject: 'a-1' });
      const { load } = loader([]);

      expect(await load('a-1')).toMatchObject({
        version: 9,
        state: null,
        isActive: false,
        createdAt: erased[0]?.createdAt,
      });
    });
  });
});
