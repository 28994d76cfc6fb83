import { createVirtualClock } from '@fanfare/core';
import type { EventLog } from '../../event-log/event-log';
import { idsOf, readAll, sampleEvent, toNoStream, toStream } from './samples';
import type { TestEventLogs } from './use-event-logs';

export function describeReading({ open, reopen }: TestEventLogs): void {
  let log: EventLog;

  beforeEach(async () => {
    log = await open();
  });

  describe('reading', () => {
    it('gives an event back as it was appended, and where it stands', async () => {
      const event = sampleEvent('e-1', {
        correlationid: 'c-1',
        retries: 3,
        isurgent: true,
        time: '2026-01-01T01:00:00.123456+01:00',
      });
      const stream = { id: 'a', type: 'thing' };
      await log.append({ appends: [{ stream, expected: 'none', events: [event] }] });

      const found = await log.findEvent('e-1');

      expect(found).toEqual({
        position: 1,
        stream,
        version: 0,
        recordedAt: expect.any(Date) as Date,
        event,
        isErased: false,
      });
      expect((await log.read({ limit: 10 })).events).toEqual([found]);
      expect(await log.readStream('a')).toEqual([found]);
    });

    it.each<[string, unknown]>([
      ['no data', undefined],
      ['null', null],
      ['false', false],
      ['an empty text', ''],
      ['a list', [1, 'two', null, { three: 3 }]],
      ['all of Unicode', { 'ключ 🔑': 'значение \u0000 "\\ \u2028 \ud83d\ude00', __proto__x: 1 }],
      ['numbers at the edge', [Number.MAX_SAFE_INTEGER, 1e-7, 5e-324, 1.7976931348623157e308, 0.1]],
      ['bytes', new Uint8Array([0, 1, 127, 128, 255])],
      ['no bytes', new Uint8Array()],
      ['a text of 1 MiB', 'x'.repeat(1_048_576)],
      ['bytes of 1 MiB', new Uint8Array(1_048_576).fill(200)],
    ])('gives back data that is %s', async (_what, data) => {
      const event = sampleEvent('e-1', { data });
      await log.append({ appends: [{ stream: null, expected: 'any', events: [event] }] });

      expect((await log.findEvent('e-1'))?.event).toEqual(event);
      expect(await log.verify()).toMatchObject({ valid: true });
    });

    it.each([
      "it's",
      '"quoted"',
      'a/b?c=d#e',
      '%',
      '*',
      '_',
      'ключ',
      '🎺',
      ' ',
      'A',
      '$x',
      '{}',
      'null',
      '0',
    ])('finds what is named %j, and nothing else', async (name) => {
      await log.append(toStream(`${name}${name}`, 'any', [`${name}-`], { subject: `${name}${name}` }));
      await log.append(toStream(name, 'any', [name], { subject: name }));

      expect(idsOf(await log.readStream(name))).toEqual([name]);
      expect((await log.findEvent(name))?.position).toBe(2);
      expect(idsOf(await readAll(log, { filter: { subject: name } }))).toEqual([name]);
      expect(await log.findStream(name)).toMatchObject({ name: { id: name, type: 'thing' }, version: 0 });
    });

    it('tells capital letters from small ones', async () => {
      await log.append(toStream('A', 'none', ['E-1']));

      expect(await log.findStream('a')).toBeNull();
      expect(await log.findEvent('e-1')).toBeNull();
    });

    it('pages forwards while others write: each event once, in order', async () => {
      const [writer] = [await reopen()];
      await writer.append(toNoStream(numbered(0, 10)));
      const first = await log.read({ limit: 4 });

      await writer.append(toNoStream(numbered(10, 13)));
      const rest = await readAll(log, { position: first.nextPosition ?? 0, limit: 4 });

      expect(idsOf([...first.events, ...rest])).toEqual(numbered(0, 13));
    });

    it('pages backwards while others write: each event once that was there, in order', async () => {
      const writer = await reopen();
      await writer.append(toNoStream(numbered(0, 10)));
      const first = await log.read({ direction: 'backwards', limit: 4 });

      await writer.append(toNoStream(numbered(10, 13)));
      const rest = await readAll(log, {
        direction: 'backwards',
        position: first.nextPosition ?? 0,
        limit: 4,
      });

      expect(idsOf([...first.events, ...rest])).toEqual(numbered(0, 10).toReversed());
    });

    it('tells on a full page that there is no more, when there is not', async () => {
      await log.append(toNoStream(numbered(0, 4)));

      expect((await log.read({ limit: 4 })).nextPosition).toBeNull();
      expect((await log.read({ limit: 3 })).nextPosition).toBe(3);
      expect((await log.read({ direction: 'backwards', limit: 3 })).nextPosition).toBe(2);
    });

    it('reads a part of a stream by version, both ways', async () => {
      await log.append(toStream('a', 'none', numbered(0, 6)));

      const versions = async (options: Parameters<EventLog['readStream']>[1]) =>
        (await log.readStream('a', options)).map(({ version }) => version);

      expect(await versions({ from: 2, to: 4 })).toEqual([2, 3, 4]);
      expect(await versions({ from: 2, direction: 'backwards' })).toEqual([5, 4, 3, 2]);
      expect(await versions({ to: 3, direction: 'backwards', limit: 2 })).toEqual([3, 2]);
      expect(await versions({ limit: 2 })).toEqual([0, 1]);
    });

    it('finds nothing where there is nothing', async () => {
      expect(await log.read({ limit: 10 })).toEqual({ events: [], nextPosition: null });
      expect(await log.readStream('a')).toEqual([]);
      expect(await log.findStream('a')).toBeNull();
      expect(await log.findEvent('e-1')).toBeNull();
      expect(await log.head()).toBe(0);
      expect(await log.verify()).toMatchObject({ valid: true, checked: 0, headPosition: 0 });
    });

    it('tells when a stream began and when it was last written', async () => {
      const clock = createVirtualClock(new Date('2026-05-01T00:00:00Z'));
      const clocked = await reopen({ clock });
      await clocked.append(toStream('a', 'none', ['e-1']));
      await clock.advance(60_000);
      await clocked.append(toStream('a', 0, ['e-2']));

      const state = {
        name: { id: 'a', type: 'thing' },
        version: 1,
        firstVersion: 0,
        createdAt: new Date('2026-05-01T00:00:00Z'),
        updatedAt: new Date('2026-05-01T00:01:00Z'),
      };
      expect(await clocked.findStream('a')).toEqual(state);
      expect(await log.findStream('a')).toEqual(state);
    });

    it.each([0, -1, 1.5, NaN])('refuses a limit of %p', async (limit) => {
      await expect(log.read({ limit })).rejects.toMatchObject({ code: 'invalid' });
    });
  });

  describe('waiting', () => {
    const never = new AbortController().signal;

    it('ends at once with a commit made here, whatever the clock does', async () => {
      const here = await reopen({ clock: createVirtualClock() });
      const waiting = here.waitFor(2, never);

      await here.append(toNoStream(['e-1', 'e-2', 'e-3']));

      expect(await waiting).toBe(3);
      expect(await here.waitFor(1, never)).toBe(3);
    });

    it('ends with a commit made elsewhere when the log is looked at again', async () => {
      const clock = createVirtualClock();
      const here = await reopen({ clock });
      const waiting = here.waitFor(1, never);
      await clock.advance(1_000);
      await log.append(toNoStream(['e-1']));

      await clock.advance(100);

      expect(await waiting).toBe(1);
      expect(clock.pending).toBe(0);
    });

    it('ends with the head when the signal aborts', async () => {
      await log.append(toNoStream(['e-1']));
      const stop = new AbortController();
      const waiting = log.waitFor(5, stop.signal);

      stop.abort();

      expect(await waiting).toBe(1);
      expect(await log.waitFor(5, stop.signal)).toBe(1);
    });

    it('ends with an error when the log is closed', async () => {
      const waiting = log.waitFor(5, never);
      const outcome = expect(waiting).rejects.toMatchObject({ code: 'unavailable' });

      await log.close();

      await outcome;
      await expect(log.waitFor(5, never)).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}

function numbered(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => `e-${from + index}`);
}
