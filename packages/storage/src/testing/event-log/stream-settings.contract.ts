import { createVirtualClock } from '@fanfare/core';
import type { EventLog } from '../../event-log/event-log';
import { idsOf, readAll, toStream } from './samples';
import type { TestEventLogs } from './use-event-logs';

const fiveIds = ['e-0', 'e-1', 'e-2', 'e-3', 'e-4'];

export function describeStreamSettings({ open, reopen }: TestEventLogs): void {
  let log: EventLog;

  beforeEach(async () => {
    log = await open();
    await log.append(toStream('a', 'none', fiveIds));
  });

  describe('the settings of a stream', () => {
    it('show only so many of its last events', async () => {
      await log.setStreamSettings('a', { maxCount: 2 });

      expect(idsOf(await log.readStream('a'))).toEqual(['e-3', 'e-4']);
      expect(idsOf(await log.readStream('a', { from: 1, to: 3 }))).toEqual(['e-3']);
      expect(await log.findStream('a')).toMatchObject({ version: 4, firstVersion: 3 });
      await log.append(toStream('a', 4, ['e-5']));
      expect(idsOf(await log.readStream('a'))).toEqual(['e-4', 'e-5']);
    });

    it('show only events that are young enough', async () => {
      const clock = createVirtualClock(new Date('2100-01-01'));
      const clocked = await reopen({ clock });
      await clocked.setStreamSettings('a', { maxAgeMs: 60_000 });
      await clocked.append(toStream('a', 4, ['e-5']));
      await clock.advance(60_000);
      await clocked.append(toStream('a', 5, ['e-6']));

      expect(idsOf(await clocked.readStream('a'))).toEqual(['e-5', 'e-6']);
      await clock.advance(1);
      expect(idsOf(await clocked.readStream('a'))).toEqual(['e-6']);
      await clock.advance(60_000);
      expect(await clocked.readStream('a')).toEqual([]);
      expect(await clocked.findStream('a')).toMatchObject({ version: 6, firstVersion: 7 });
    });

    it('replace those before, and hide nothing from who reads the log', async () => {
      await log.setStreamSettings('a', { maxCount: 2 });
      await log.setStreamSettings('a', {});

      expect(idsOf(await log.readStream('a'))).toEqual(fiveIds);
      expect(idsOf(await readAll(log, { filter: { streamId: 'a' } }))).toEqual(fiveIds);
    });

    it.each([{ maxCount: 0 }, { maxCount: 1.5 }, { maxAgeMs: -1 }])('cannot be %j', async (settings) => {
      await expect(log.setStreamSettings('a', settings)).rejects.toMatchObject({ code: 'invalid' });
    });
  });

  describe('a deleted stream', () => {
    it('reads as if it were not there', async () => {
      expect(await log.deleteStream('a')).toBe(true);

      const elsewhere = await reopen();
      for (const reader of [log, elsewhere]) {
        expect(await reader.findStream('a')).toBeNull();
        expect(await reader.readStream('a')).toEqual([]);
      }
      expect(await log.deleteStream('a')).toBe(false);
      expect(await log.deleteStream('missing')).toBe(false);
    });

    it('begins anew with its next version', async () => {
      await log.deleteStream('a');

      const { events } = await log.append(toStream('a', 'none', ['e-5']));

      expect(events).toMatchObject([{ version: 5 }]);
      expect(await log.findStream('a')).toMatchObject({ version: 5, firstVersion: 5 });
      expect(idsOf(await log.readStream('a'))).toEqual(['e-5']);
      expect(idsOf(await log.readStream('a', { direction: 'backwards' }))).toEqual(['e-5']);
    });

    it('can never be written again when it was deleted for good, by whomever', async () => {
      const elsewhere = await reopen();
      await elsewhere.append(toStream('a', 4, ['e-5']));
      await log.deleteStream('a', { isFinal: true });

      for (const writer of [log, elsewhere]) {
        for (const expected of ['any', 'none', 5] as const) {
          await expect(writer.append(toStream('a', expected, ['e-6']))).rejects.toMatchObject({
            name: 'StreamDeleted',
            code: 'conflict',
          });
        }
      }
      expect(await log.findStream('a')).toBeNull();
      expect((await log.append(toStream('a', 'any', ['e-5']))).events).toMatchObject([{ isRepeated: true }]);
    });

    it('can be deleted for good afterwards', async () => {
      await log.deleteStream('a');

      expect(await log.deleteStream('a', { isFinal: true })).toBe(true);
      expect(await log.deleteStream('a', { isFinal: true })).toBe(false);
    });

    it('stays deleted when the log is truncated', async () => {
      await log.append(toStream('b', 'none', ['b-0', 'b-1']));
      await log.setStreamSettings('b', { maxCount: 1 });
      await log.deleteStream('a', { isFinal: true });
      await log.append(toStream('c', 'none', ['c-0']));

      await log.truncate(await log.head());

      const again = await reopen();
      await expect(again.append(toStream('a', 'any', ['e-9']))).rejects.toMatchObject({
        name: 'StreamDeleted',
      });
      await again.append(toStream('b', 1, ['b-2', 'b-3']));
      expect(idsOf(await again.readStream('b'))).toEqual(['b-3']);
      expect(await again.verify()).toMatchObject({ valid: true });
    });
  });
}
