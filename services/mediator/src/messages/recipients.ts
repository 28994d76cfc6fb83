import type { Colleague } from '../mediators/colleague';
import type { MediatorEntry } from '../mediators/directory';
import { refuse, refuseInput } from '../problems';

/** The colleague that a message names; throws unless it is there and active. */
export function requireRecipient(entry: MediatorEntry, recipientId: string | undefined): Colleague {
  if (recipientId === undefined) throw refuseInput([{ field: 'recipient_id', message: 'is required' }]);
  return requireActive(findRecipient(entry, recipientId));
}

/** Throws `recipient-not-found` unless the recipient is registered. */
export function findRecipient({ mediator, colleagues }: MediatorEntry, recipientId: string): Colleague {
  const recipient = colleagues.get(recipientId);
  if (recipient) return recipient;
  throw refuse('recipient-not-found', `mediator ${mediator.name} has no colleague ${recipientId}`);
}

/** Throws `colleague-not-active` unless messages may be sent to the colleague. */
export function requireActive(colleague: Colleague): Colleague {
  if (colleague.active) return colleague;
  throw refuse('colleague-not-active', `colleague ${colleague.id} is not active`);
}

/** Throws `sender-not-found` unless the sender is registered. */
export function requireSender({ mediator, colleagues }: MediatorEntry, senderId: string): void {
  if (colleagues.has(senderId)) return;
  throw refuse('sender-not-found', `mediator ${mediator.name} has no colleague ${senderId}`);
}

/** Those whom a broadcast may reach: all active colleagues but the sender, the longest registered first. */
export function listOthers({ colleagues }: MediatorEntry, senderId: string): readonly Colleague[] {
  return [...colleagues.values()].filter(({ id, active }) => active && id !== senderId);
}
