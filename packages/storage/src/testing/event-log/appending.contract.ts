import { createVirtualClock, maxNesting } from '@fanfare/core';
import type { AppendRequest, EventLog } from '../../event-log/event-log';
import { idsOf, readAll, sampleEvent, toNoStream, toStream } from './samples';
import type { TestEventLogs } from './use-event-logs';

/** So many lists in one another. */
function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

export function describeAppending({ open, reopen }: TestEventLogs): void {
  let log: EventLog;

  beforeEach(async () => {
    log = await open();
  });

  describe('appending', () => {
    it('gives positions from 1 and versions from 0', async () => {
      const first = await log.append(toStream('a', 'none', ['e-1', 'e-2']));
      const second = await log.append(toStream('b', 'any', ['e-3']));

      expect(first).toEqual({
        position: 2,
        events: [
          { id: 'e-1', position: 1, version: 0, isRepeated: false },
          { id: 'e-2', position: 2, version: 1, isRepeated: false },
        ],
      });
      expect(second.events).toEqual([{ id: 'e-3', position: 3, version: 0, isRepeated: false }]);
      expect(await log.head()).toBe(3);
    });

    it('gives no version to an event without a stream, whatever its subject is', async () => {
      await log.append(toStream('thing-1', 'none', ['e-1']));

      const { events } = await log.append(toNoStream(['e-2']));

      expect(events).toEqual([{ id: 'e-2', position: 2, version: null, isRepeated: false }]);
      expect(await log.findStream('thing-1')).toMatchObject({ version: 0 });
    });

    it('lets every append of many at once through that can, and refuses the others alone', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          log.append(toStream('a', index % 2 ? 'any' : 5, [`e-${index}`])),
        ),
      );

      const refused = outcomes.filter(({ status }) => status === 'rejected');
      const stored = await log.readStream('a');
      expect(stored.length + refused.length).toBe(40);
      expect(stored.length).toBeGreaterThanOrEqual(20);
      expect(stored.map(({ version }) => version)).toEqual(stored.map((_, index) => index));
    });

    it('appends to several streams together or to none', async () => {
      await log.append(toStream('b', 'none', ['e-1']));
      const both = (expected: 'none' | 'exists'): AppendRequest => ({
        appends: [...toStream('a', 'none', ['e-2']).appends, ...toStream('b', expected, ['e-3']).appends],
      });

      await expect(log.append(both('none'))).rejects.toMatchObject({ streamId: 'b', currentVersion: 0 });
      expect(await log.head()).toBe(1);
      await log.append(both('exists'));

      expect(idsOf(await readAll(log))).toEqual(['e-1', 'e-2', 'e-3']);
    });

    it('appends only when the checks of other streams hold', async () => {
      await log.append(toStream('account', 'none', ['e-1']));
      const request = (expected: number) => ({
        ...toStream('a', 'none', ['e-2']),
        checks: [{ streamId: 'account', expected }],
      });

      await expect(log.append(request(1))).rejects.toMatchObject({
        code: 'conflict',
        streamId: 'account',
        expected: 1,
        currentVersion: 0,
      });
      expect(await log.findStream('a')).toBeNull();
      await log.append(request(0));

      expect(await log.findStream('a')).toMatchObject({ version: 0 });
    });

    it('keeps a stream to one type of aggregate', async () => {
      await log.append(toStream('a', 'none', ['e-1']));
      const events = [sampleEvent('e-2')];

      await expect(
        log.append({ appends: [{ stream: { id: 'a', type: 'other' }, expected: 'any', events }] }),
      ).rejects.toMatchObject({ code: 'conflict' });
    });

    it('never lets the time of recording go back, even if the clock does', async () => {
      const ahead = await reopen({ clock: createVirtualClock(new Date('2026-03-02')) });
      const behind = await reopen({ clock: createVirtualClock(new Date('2026-03-01')) });

      await ahead.append(toNoStream(['e-1']));
      await behind.append(toNoStream(['e-2']));
      await ahead.append(toNoStream(['e-3']));

      const times = (await readAll(behind)).map(({ recordedAt }) => recordedAt.toISOString());
      expect(times).toEqual(Array(3).fill('2026-03-02T00:00:00.000Z'));
    });

    it('takes an append that is larger than a shared commit', async () => {
      const ids = Array.from({ length: 1_500 }, (_, index) => `e-${index}`);

      const { position } = await log.append(toStream('a', 'none', ids));

      expect(position).toBe(1_500);
      expect(idsOf(await log.readStream('a'))).toEqual(ids);
    });

    it.each<[string, () => AppendRequest]>([
      ['an event that is no CloudEvent', () => toNoStream(['e-1'], { type: '' })],
      ['data that is no JSON', () => toNoStream(['e-1'], { data: { size: 1n } })],
      ['data that is nested too deeply', () => toNoStream(['e-1'], { data: nested(maxNesting + 1) })],
      ['an id that occurs twice', () => toNoStream(['e-1', 'e-1'])],
      [
        'a stream that occurs twice',
        () => twice(toStream('a', 'any', ['e-1']), toStream('a', 'any', ['e-2'])),
      ],
      ['a stream that only the log itself writes', () => toStream('$$a', 'any', ['e-1'])],
      ['a stream without a name', () => toStream('', 'any', ['e-1'])],
      ['a stream with half a character', () => toStream('\ud800', 'any', ['e-1'])],
      ['a stream and no event', () => toStream('a', 'any', [])],
      ['an expected version below zero', () => toStream('a', -1, ['e-1'])],
      ['a cursor that is no number', () => ({ appends: [], cursors: { orders: NaN } })],
      [
        'more events than a commit can hold',
        () => toNoStream(Array.from({ length: 5_001 }, (_, i) => `e-${i}`)),
      ],
      ['more bytes than a commit can hold', () => toNoStream(['e-1'], { data: 'x'.repeat(13_000_000) })],
    ])('refuses %s', async (_what, request) => {
      await expect(log.append(request())).rejects.toMatchObject({ code: 'invalid' });
      expect(await log.head()).toBe(0);
    });
  });

  describe('cursors', () => {
    it('move with the commit only', async () => {
      await log.append({ ...toStream('a', 'none', ['e-1']), cursors: { 'orders/0': 7 } });
      const refused = { ...toStream('a', 'none', ['e-2']), cursors: { 'orders/0': 8, 'orders/1': 1 } };

      await expect(log.append(refused)).rejects.toMatchObject({ code: 'conflict' });

      expect(await log.cursor('orders/0')).toBe(7);
      expect(await log.cursor('orders/1')).toBe(0);
    });

    it('move when all events are there already, and when there is no event', async () => {
      await log.append(toNoStream(['e-1']));

      const repeated = await log.append({ ...toNoStream(['e-1']), cursors: { orders: 3 } });
      const empty = await log.append({ appends: [], cursors: { mediator: 4 } });

      expect(repeated.events).toMatchObject([{ position: 1, isRepeated: true }]);
      expect(empty).toEqual({ position: 1, events: [] });
      expect([await log.cursor('orders'), await log.cursor('mediator')]).toEqual([3, 4]);
      expect(await log.head()).toBe(1);
    });

    it('never go back, and are there after reopening', async () => {
      await log.append({ ...toNoStream(['e-1']), cursors: { orders: 9 } });
      await log.append({ ...toNoStream(['e-2']), cursors: { orders: 5 } });
      await log.append({ appends: [], cursors: { orders: 6 } });
      await log.close();

      const again = await reopen();

      expect(await again.cursor('orders')).toBe(9);
    });
  });

  describe('closing', () => {
    it('waits for appends under way, then refuses, and may be repeated', async () => {
      const appended = log.append(toNoStream(['e-1']));

      await Promise.all([log.close(), log.close()]);

      await expect(appended).resolves.toMatchObject({ position: 1 });
      const outcomes = await Promise.allSettled([log.append(toNoStream(['e-2'])), log.head(), log.ping()]);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
      }
    });

    it('keeps what was appended', async () => {
      await log.append(toStream('a', 'none', ['e-1', 'e-2']));
      await log.close();

      const again = await reopen();

      expect(idsOf(await again.readStream('a'))).toEqual(['e-1', 'e-2']);
      await again.append(toStream('a', 1, ['e-3']));
      expect(await again.verify()).toMatchObject({ valid: true, checked: 3 });
    });
  });
}

function twice(one: AppendRequest, other: AppendRequest): AppendRequest {
  return { appends: [...one.appends, ...other.appends] };
}
