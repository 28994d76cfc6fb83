import { findHandlers } from '../../mediators/find-handler';
import { readTyped } from '../../messages/read-typed';
import { requireActive, requireRecipient } from '../../messages/recipients';
import type { SentKind } from '../../messages/sent-kind';
import { refuse } from '../../problems';

/** Commands: each has one handler, which answers. */
export const commands: SentKind = {
  kind: 'command',
  isAnswered: true,
  read: readTyped,
  chooseRecipients(entry, { recipientId, type, isBroadcast }) {
    if (isBroadcast) {
      throw refuse(
        'wrong-kind',
        `mediator ${entry.mediator.name} is of kind command: a command has one handler`,
      );
    }
    if (recipientId !== undefined) return [requireRecipient(entry, recipientId)];
    const [handler] = findHandlers(entry, type);
    if (!handler) throw refuse('no-handler', `mediator ${entry.mediator.name} has no handler of ${type}`);
    return [requireActive(handler)];
  },
};
