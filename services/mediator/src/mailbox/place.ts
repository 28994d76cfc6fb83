import type { MessageKind, Priority } from '../messages/message';

/** More than there will be messages; four times that is still a safe whole number. */
const messagesPerPriority = 2 ** 44;

const ranks: Readonly<Record<Priority, number>> = { urgent: 0, high: 1, normal: 2, low: 3 };

interface Placed {
  readonly kind: MessageKind;
  readonly priority: Priority;
  readonly senderId: string | null;
  readonly sequence: number;
}

/**
 * Where a message stands in a mailbox: those of higher priority first, then as accepted. In a lane, that of one sender,
 * nothing overtakes what failed and waits for its next try. Commands and queries have none: nothing holds them back.
 */
export function placeOf({ kind, priority, senderId, sequence }: Placed): {
  readonly place: number;
  readonly lane: string | null;
} {
  const lane = kind === 'command' || kind === 'query' ? null : senderId;
  return { place: ranks[priority] * messagesPerPriority + sequence, lane };
}
