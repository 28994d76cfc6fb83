import { listOthers, requireRecipient } from '../../messages/recipients';
import type { SentKind } from '../../messages/sent-kind';

/** Plain messages: any JSON, to one colleague or to all others. */
export const plainMessages: SentKind = {
  kind: 'message',
  isAnswered: false,
  read: ({ id, type = 'message', message }) => ({ id, type, body: message, source: null }),
  chooseRecipients: (entry, { senderId, recipientId, isBroadcast }) =>
    isBroadcast ? listOthers(entry, senderId) : [requireRecipient(entry, recipientId)],
};
