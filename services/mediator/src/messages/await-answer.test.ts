import { createVirtualClock } from '@fanfare/core';
import { createWaiting } from '../waiting';
import { createAwaitAnswer } from './await-answer';
import type { MessageStatus } from './message';
import type { StoredMessage } from './message-rows';
import { sampleMessage } from './testing/sample-message';

const start = new Date('2026-01-01T00:00:00.000Z');
const at = (ms: number) => new Date(start.getTime() + ms);

const command: StoredMessage = {
  ...sampleMessage({ kind: 'command', deadline: at(1_000) }),
  mediatorKey: 1,
  sequence: 1,
  openReceipts: 1,
  status: 'pending',
  result: null,
  error: null,
  endedAt: null,
};

interface Change {
  readonly atMs: number;
  readonly status: MessageStatus;
}

/** Waits for 1 s for the answer to a message that changes some time; tells when the wait was over, and what it gave. */
async function wait(parts: Partial<StoredMessage>, change: Change | null): Promise<Change | undefined> {
  const clock = createVirtualClock(start);
  const hasChanged = () => change !== null && clock.now() >= at(change.atMs);
  const message = () => ({
    ...command,
    ...parts,
    ...(hasChanged() && { status: change?.status ?? 'pending' }),
  });
  const awaitAnswer = createAwaitAnswer({
    clock,
    waiting: createWaiting(clock),
    database: { queries: undefined as never },
    messages: { find: () => Promise.resolve(message()), receiptsOf: () => Promise.resolve(new Map()) },
  });
  let seen: Change | undefined;
  const { signal } = new AbortController();
  void awaitAnswer({ mediatorKey: 1, id: 'm-1', waitMs: 1_000, signal }).then((state) => {
    seen = { atMs: clock.now().getTime() - start.getTime(), status: state.message.status };
  });
  await clock.advance(60_000);
  return seen;
}

describe('the wait for an answer', () => {
  it.each<[string, Partial<StoredMessage>, Change | null, Change]>([
    [
      'ends with the answer, at the next look',
      {},
      { atMs: 400, status: 'completed' },
      { atMs: 500, status: 'completed' },
    ],
    ['is over when its time is', { deadline: at(2_000) }, null, { atMs: 1_000, status: 'pending' }],
    [
      'goes on at the deadline until the message has been ended',
      {},
      { atMs: 1_400, status: 'failed' },
      { atMs: 1_500, status: 'failed' },
    ],
    ['does not go on for ever', {}, null, { atMs: 6_000, status: 'pending' }],
    ['does not begin for what has ended', { status: 'cancelled' }, null, { atMs: 0, status: 'cancelled' }],
    [
      'does not begin for what will not be handed out meanwhile',
      { status: 'scheduled', deliverAt: at(1_000) },
      null,
      { atMs: 0, status: 'scheduled' },
    ],
    [
      'begins for what may be handed out meanwhile',
      { status: 'scheduled', deliverAt: at(900) },
      { atMs: 950, status: 'completed' },
      { atMs: 1_000, status: 'completed' },
    ],
  ])('%s', async (_, parts, change, expected) => {
    expect(await wait(parts, change)).toEqual(expected);
  });
});
