import { HttpProblem } from '@fanfare/service-kit';
import type { MediatorEntry } from '../src/mediators/directory';
import type { Address, SentKind } from '../src/messages/sent-kind';

/** The ids of those for whom a message is, or the code of the refusal. */
export function choose(
  kind: SentKind,
  entry: MediatorEntry,
  { senderId = 'sender', type = 't', recipientId, isBroadcast = false }: Partial<Address>,
): readonly string[] | string {
  return orRefusal(() =>
    kind.chooseRecipients(entry, { senderId, type, recipientId, isBroadcast }).map(({ id }) => id),
  );
}

/** What `act` gives, or the code with which it refuses. */
export function orRefusal<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return error.code;
  }
}
