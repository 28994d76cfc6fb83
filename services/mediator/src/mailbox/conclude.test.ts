import type { Answer, MessageKind, ReceiptStatus } from '../messages/message';
import { conclude, type MessageEnd } from './conclude';

const error = { code: 'broken', message: 'it broke', retryable: false };

function receipt(status: ReceiptStatus, answer: Answer | null = null) {
  const isGivenUp = status === 'dead' || status === 'expired';
  return { status, answer, error: isGivenUp ? error : null };
}

const [acked, dead, expired, cancelled] = (['acked', 'dead', 'expired', 'cancelled'] as const).map((status) =>
  receipt(status),
);

interface Case {
  readonly title: string;
  readonly kind: MessageKind;
  readonly isBroadcast?: boolean;
  readonly receipts: readonly (ReturnType<typeof receipt> | undefined)[];
  readonly end: MessageEnd;
}

const cases: readonly Case[] = [
  {
    title: 'a message that all have acked has completed',
    kind: 'message',
    receipts: [acked, acked],
    end: { status: 'completed' },
  },
  {
    title: 'a message that is dead for one has failed',
    kind: 'event',
    receipts: [acked, dead],
    end: { status: 'failed', error },
  },
  {
    title: 'a message that expired for one has failed',
    kind: 'message',
    receipts: [expired, acked],
    end: { status: 'failed', error },
  },
  {
    title: 'a message that was dropped for all is cancelled',
    kind: 'message',
    receipts: [cancelled, cancelled],
    end: { status: 'cancelled' },
  },
  {
    title: 'a message that was dropped for some is cancelled',
    kind: 'message',
    receipts: [acked, cancelled],
    end: { status: 'cancelled' },
  },
  {
    title: 'a command with a result has completed',
    kind: 'command',
    receipts: [receipt('acked', { result: 7 })],
    end: { status: 'completed', result: 7 },
  },
  {
    title: 'a command with a null result has completed',
    kind: 'query',
    receipts: [receipt('acked', { result: null })],
    end: { status: 'completed', result: null },
  },
  {
    title: 'a command whose handler says that it failed has failed',
    kind: 'command',
    receipts: [receipt('acked', { error })],
    end: { status: 'failed', error },
  },
  {
    title: 'a command that was never received has failed',
    kind: 'command',
    receipts: [expired],
    end: { status: 'failed', error },
  },
  {
    title: 'a command that was cancelled is cancelled',
    kind: 'command',
    receipts: [cancelled],
    end: { status: 'cancelled' },
  },
  {
    title: 'a query to many has completed, however many of them failed',
    kind: 'query',
    isBroadcast: true,
    receipts: [receipt('acked', { error }), dead],
    end: { status: 'completed' },
  },
];

it.each(cases)('$title', ({ kind, isBroadcast = false, receipts, end }) => {
  const settled = receipts.filter((one) => one !== undefined);

  expect(conclude({ kind, isBroadcast }, settled)).toEqual(end);
});
