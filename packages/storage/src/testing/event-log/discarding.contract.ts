import type { EventLog } from '../../event-log/event-log';
import { itWhen } from '../capability';
import { idsOf, readAll, toNoStream, toStream } from './samples';
import type { EventLogUnderTest } from './under-test';
import type { TestEventLogs } from './use-event-logs';

const secret = 'the-name-of-somebody-who-wants-to-be-forgotten';

export function describeDiscarding(
  { open, reopen, url }: TestEventLogs,
  { hasFiles, readFiles }: EventLogUnderTest,
): void {
  let log: EventLog;

  beforeEach(async () => {
    log = await open();
  });

  describe('erasing a subject', () => {
    const personal = (more: object = {}) => ({ subject: 'u-1', data: { name: secret, ...more } });

    beforeEach(async () => {
      await log.append(toStream('u-1', 'none', ['e-1'], personal()));
      await log.append(toStream('u-2', 'none', ['e-2'], { subject: 'u-2', data: 'somebody else' }));
      await log.append(toNoStream(['e-3'], personal({ large: `${secret} `.repeat(500) })));
    });

    it('removes the data of its events and nothing else, and the chain still verifies', async () => {
      expect(await log.erase({ subject: 'u-1' })).toBe(2);

      const events = await readAll(log);
      expect(events.map(({ isErased }) => isErased)).toEqual([true, false, true, false]);
      expect(events.map(({ event }) => event.data)).toEqual([
        undefined,
        'somebody else',
        undefined,
        { subject: 'u-1' },
      ]);
      expect(events[0]?.event).toMatchObject({ id: 'e-1', subject: 'u-1' });
      expect(await log.verify()).toMatchObject({ valid: true, checked: 4, erased: 2 });
    });

    it('can be repeated, and finds only what came since', async () => {
      await log.erase({ subject: 'u-1' });
      expect(await log.erase({ subject: 'u-1' })).toBe(0);
      await log.append(toStream('u-1', 0, ['e-4'], personal()));

      expect(await log.erase({ subject: 'u-1' })).toBe(1);
      expect(await log.erase({ subject: 'nobody' })).toBe(0);
    });

    it('erases more events than a page holds', async () => {
      const ids = Array.from({ length: 1_200 }, (_, index) => `many-${index}`);
      await log.append(toNoStream(ids, { subject: 'many' }));

      expect(await log.erase({ subject: 'many' })).toBe(1_200);
    });

    it('still recognises an event that is repeated', async () => {
      await log.erase({ subject: 'u-1' });

      const { events } = await log.append(toStream('u-1', 'none', ['e-1'], personal()));

      expect(events).toMatchObject([{ position: 1, isRepeated: true }]);
      expect((await log.findEvent('e-1'))?.isErased).toBe(true);
    });

    it('takes in what comes late without its data, and the chain verifies', async () => {
      const late = { ...toStream('u-1', 0, ['e-4', 'e-5'], personal()), erased: new Set(['e-4', 'e-1']) };

      expect((await log.append(late)).events).toMatchObject([{ version: 1 }, { version: 2 }]);

      const again = await reopen();
      const events = await again.readStream('u-1');
      expect(events.map(({ event, isErased }) => [event.id, isErased, event.data])).toEqual([
        ['e-1', false, personal().data],
        ['e-4', true, undefined],
        ['e-5', false, personal().data],
      ]);
      expect(await again.verify()).toMatchObject({ valid: true, checked: 5, erased: 1 });
      expect((await again.append(late)).events).toMatchObject([{ isRepeated: true }, { isRepeated: true }]);
    });

    itWhen(hasFiles)('leaves no byte of it in the files of the store', async () => {
      // of many sizes, between those of others, so that the store has to move them about
      for (let size = 1; size < 60; size += 1) {
        const data = { text: `${secret} `.repeat((size * 37) % 61) };
        await log.append(toNoStream([`mine-${size}-1`, `mine-${size}-2`], { subject: 'u-1', data }));
        await log.append(toNoStream([`others-${size}`], { data: 'x'.repeat(size * 40) }));
      }
      expect((await readFiles(url())).includes(secret)).toBe(true);

      await log.erase({ subject: 'u-1' });

      const files = await readFiles(url());
      expect(files.includes(secret)).toBe(false);
      expect(files.includes('somebody else')).toBe(true);
    });
  });

  describe('truncating', () => {
    beforeEach(async () => {
      await log.append(toStream('gone', 'none', ['e-1', 'e-2']));
      await log.append(toStream('cut', 'none', ['e-3', 'e-4']));
      await log.append(toStream('cut', 1, ['e-5', 'e-6']));
      await log.append(toStream('whole', 'none', ['e-7']));
    });

    it('removes whole commits, and the chain verifies from its anchor', async () => {
      expect(await log.truncate(6)).toEqual({ deletedEvents: 4, anchorPosition: 4 });

      expect(idsOf(await readAll(log))).toEqual(['e-5', 'e-6', 'e-7']);
      expect(await log.findEvent('e-4')).toBeNull();
      expect(await log.verify()).toMatchObject({ valid: true, checked: 3, headPosition: 7 });
      expect(await log.verify({ from: 2, to: 3 })).toMatchObject({ valid: true, checked: 0 });
    });

    it('keeps the versions of streams, and tells which are left', async () => {
      const before = [await log.findStream('gone'), await log.findStream('cut')];
      await log.truncate(5);

      const again = await reopen();

      expect(await again.findStream('gone')).toEqual({ ...before[0], firstVersion: 2 });
      expect(await again.findStream('cut')).toEqual({ ...before[1], firstVersion: 2 });
      expect(idsOf(await again.readStream('cut'))).toEqual(['e-5', 'e-6']);
      expect(await again.readStream('gone')).toEqual([]);
      await expect(again.append(toStream('gone', 'none', ['e-8']))).rejects.toMatchObject({
        currentVersion: 1,
      });
      expect((await again.append(toStream('gone', 1, ['e-8']))).events).toMatchObject([{ version: 2 }]);
      expect(await again.findStream('gone')).toMatchObject({ version: 2, firstVersion: 2 });
    });

    it('can be repeated, and go on', async () => {
      await log.truncate(3);

      expect(await log.truncate(3)).toEqual({ deletedEvents: 0, anchorPosition: 2 });
      expect(await log.truncate(1)).toEqual({ deletedEvents: 0, anchorPosition: 2 });
      expect(await log.truncate(7)).toEqual({ deletedEvents: 4, anchorPosition: 6 });
      expect(await log.findStream('cut')).toMatchObject({ version: 3, firstVersion: 4 });
      expect(await log.verify()).toMatchObject({ valid: true, checked: 1 });
    });

    it('keeps the last commit, whatever is asked, and goes on after it', async () => {
      expect(await log.truncate(1_000)).toEqual({ deletedEvents: 6, anchorPosition: 6 });

      expect((await log.append(toNoStream(['e-8']))).position).toBe(8);
      expect(await (await reopen()).verify()).toMatchObject({ valid: true, checked: 2, headPosition: 8 });
    });

    it('goes step by step, the chain whole after each, while others append', async () => {
      const other = await reopen();
      for (const [position, firstVersion] of [
        [3, 0],
        [5, 2],
        [7, 4],
      ] as const) {
        const appended = other.append(toStream('cut', 'any', [`more-${position}`]));
        expect(await log.truncate(position)).toEqual({ deletedEvents: 2, anchorPosition: position - 1 });
        await appended;

        expect((await other.readChain(1, 1))[0]?.position).toBe(position);
        expect(await other.verify()).toMatchObject({ valid: true });
        expect(await other.findStream('cut')).toMatchObject({ firstVersion });
      }
      expect(await log.readStream('cut')).toHaveLength(3);
    });

    it('that is cut short is finished by the next, and nothing is lost between', async () => {
      const cutShort = log.truncate(7).catch(() => undefined);
      await log.close();
      await cutShort;

      const again = await reopen();
      expect(await again.verify()).toMatchObject({ valid: true, headPosition: 7 });
      expect(await again.findStream('cut')).toMatchObject({ version: 3 });
      expect(await again.truncate(7)).toMatchObject({ anchorPosition: 6 });
      expect(idsOf(await readAll(again))).toEqual(['e-7']);
      expect(await again.findStream('cut')).toMatchObject({ version: 3, firstVersion: 4 });
    });

    it('goes as far as the furthest of those who truncate at once', async () => {
      const other = await reopen();

      await Promise.all([log.truncate(7), other.truncate(3), log.truncate(5)]);

      expect(await other.truncate(1)).toEqual({ deletedEvents: 0, anchorPosition: 6 });
      expect(await other.verify()).toMatchObject({ valid: true, checked: 1, headPosition: 7 });
    });

    it('does nothing to an empty log', async () => {
      const empty = await open();

      expect(await empty.truncate(10)).toEqual({ deletedEvents: 0, anchorPosition: 0 });
      expect(await empty.verify()).toMatchObject({ valid: true });
    });
  });
}
