import { takes } from '../../mediators/find-handler';
import { readTyped } from '../../messages/read-typed';
import { listOthers, requireRecipient } from '../../messages/recipients';
import type { SentKind } from '../../messages/sent-kind';

/** Events: a broadcast reaches those who have subscribed to its type by what they handle. */
export const events: SentKind = {
  kind: 'event',
  isAnswered: false,
  read: readTyped,
  chooseRecipients: (entry, { senderId, recipientId, type, isBroadcast }) =>
    isBroadcast
      ? listOthers(entry, senderId).filter((colleague) => takes(colleague, type))
      : [requireRecipient(entry, recipientId)],
};
