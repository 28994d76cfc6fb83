import type { AppendAnswer, EventLog, ExpectedVersion } from '../../event-log/event-log';
import { idsOf, sampleEvent, toStream } from './samples';
import type { TestEventLogs } from './use-event-logs';

const expectations = ['any', 'none', 'exists', 0, 2] as const;

/** `added` and `repeated` say what becomes of the events in order; a number is the current version of a conflict. */
type Outcome = readonly ('added' | 'repeated')[] | number | 'reused';

type Row = readonly [
  stream: keyof typeof streams,
  what: string,
  eventIds: readonly string[],
  outcomes: Readonly<Record<(typeof expectations)[number], Outcome>>,
];

const streams = { absent: [], one: ['x-0'], three: ['x-0', 'x-1', 'x-2'], deleted: ['x-0', 'x-1', 'x-2'] };

const whatever = (outcome: Outcome) => ({
  any: outcome,
  none: outcome,
  exists: outcome,
  0: outcome,
  2: outcome,
});
const added: Outcome = ['added', 'added'];
const fresh = ['n-0', 'n-1'];

const rows: readonly Row[] = [
  ['absent', 'fresh events', fresh, { any: added, none: added, exists: -1, 0: -1, 2: -1 }],
  ['one', 'fresh events', fresh, { any: added, none: 0, exists: added, 0: added, 2: 0 }],
  ['three', 'fresh events', fresh, { any: added, none: 2, exists: added, 0: 2, 2: added }],
  ['deleted', 'fresh events', fresh, { any: added, none: added, exists: -1, 0: -1, 2: added }],
  ['one', 'all its events', ['x-0'], whatever(['repeated'])],
  ['three', 'all its events', ['x-0', 'x-1', 'x-2'], whatever(['repeated', 'repeated', 'repeated'])],
  ['three', 'one of its events', ['x-1'], whatever(['repeated'])],
  ['three', 'its events in another order', ['x-2', 'x-0'], whatever(['repeated', 'repeated'])],
  ['deleted', 'all its events', ['x-0', 'x-1', 'x-2'], whatever(['repeated', 'repeated', 'repeated'])],
  ['one', 'its end and more', ['x-0', 'n-0'], whatever(['repeated', 'added'])],
  ['three', 'its end and more', ['x-1', 'x-2', 'n-0'], whatever(['repeated', 'repeated', 'added'])],
  ['three', 'its begin and more', ['x-0', 'n-0'], whatever(2)],
  ['three', 'something before its end', ['n-0', 'x-2'], whatever(2)],
  ['three', 'something before its end turned round', ['n-0', 'x-2', 'x-1'], whatever(2)],
  ['three', 'something between its events', ['x-1', 'n-0', 'x-2'], whatever(2)],
  ['three', 'its end turned round, and more', ['x-2', 'x-1', 'n-0'], whatever(2)],
  ['one', 'an id with other content', ['x-0!'], whatever('reused')],
  ['one', 'more, and an id with other content', ['n-0', 'x-0!'], whatever('reused')],
  ['one', "another stream's event", ['other'], whatever('reused')],
];

const cases = rows.flatMap(([stream, what, ids, outcomes]) =>
  expectations.flatMap((expected) =>
    [false, true].map((isReopened) => ({
      stream,
      what,
      ids,
      expected,
      outcome: outcomes[expected],
      isReopened,
      again: isReopened ? ' after reopening' : '',
    })),
  ),
);

/** What an append answers for each expected version, state of the stream and repetition. */
export function describeAppendSemantics({ open, reopen }: TestEventLogs): void {
  describe('an append', () => {
    it.each(cases)(
      'to a stream that is $stream, expecting $expected, of $what$again: $outcome',
      async ({ stream, ids, expected, outcome, isReopened }) => {
        const firstLog = await open();
        const before = await prepareStream(firstLog, stream);
        if (isReopened) await firstLog.close();
        const log = isReopened ? await reopen() : firstLog;

        const answer = await appendOf(log, expected, ids).catch((error: unknown) => error);

        expect(answer).toMatchObject(describeOutcome(outcome, ids, expected));
        const appended =
          typeof outcome === 'object' ? ids.filter((_, index) => outcome[index] === 'added') : [];
        expect(await lastIds(log, appended.length)).toEqual(appended);
        expect(await log.head()).toBe(before + appended.length);
      },
    );

    it('is refused after a repeated one as it would be without it', async () => {
      const log = await open();
      await log.append(toStream('a', 'none', ['e-1']));

      await log.append(toStream('a', 'none', ['e-1']));

      await expect(log.append(toStream('a', 'none', ['e-2']))).rejects.toMatchObject({ currentVersion: 0 });
    });

    it('is the same append when the members of its data stand in another order', async () => {
      const log = await open();
      await log.append(toStream('a', 'none', ['e-1'], { data: { one: 1, two: { three: 3, four: 4 } } }));

      const again = toStream('a', 'none', ['e-1'], { data: { two: { four: 4, three: 3 }, one: 1 } });

      expect((await log.append(again)).events).toMatchObject([{ position: 1, isRepeated: true }]);
    });
  });
}

/** Returns the head. */
async function prepareStream(log: EventLog, state: keyof typeof streams): Promise<number> {
  await log.append(toStream('other', 'none', ['other']));
  const [first, ...others] = streams[state];
  if (first !== undefined) await log.append(toStream('a', 'none', [first]));
  if (others.length > 0) await log.append(toStream('a', 'any', others));
  if (state === 'deleted') await log.deleteStream('a');
  return log.head();
}

/** An id that ends with an exclamation mark stands for the event without it, with other content. */
function appendOf(log: EventLog, expected: ExpectedVersion, ids: readonly string[]): Promise<AppendAnswer> {
  const events = ids.map((id) =>
    id.endsWith('!') ? sampleEvent(id.slice(0, -1), { data: 'other' }) : sampleEvent(id),
  );
  return log.append({ appends: [{ stream: { id: 'a', type: 'thing' }, expected, events }] });
}

function describeOutcome(outcome: Outcome, ids: readonly string[], expected: ExpectedVersion): object {
  if (outcome === 'reused') return { name: 'IdReused', code: 'already_exists' };
  if (typeof outcome === 'number') {
    return { name: 'VersionConflict', code: 'conflict', streamId: 'a', expected, currentVersion: outcome };
  }
  return {
    events: ids.map((id, index) => ({
      id,
      isRepeated: outcome[index] === 'repeated',
      version: expect.any(Number) as number,
    })),
  };
}

async function lastIds(log: EventLog, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const { events } = await log.read({ direction: 'backwards', limit: count });
  return idsOf(events).toReversed();
}
