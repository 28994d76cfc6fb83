import { findHandlers, takes } from '../../mediators/find-handler';
import { readTyped } from '../../messages/read-typed';
import { listOthers, requireActive, requireRecipient } from '../../messages/recipients';
import type { SentKind } from '../../messages/sent-kind';
import { refuse } from '../../problems';

/** Queries: one handler answers, or all of them are asked. */
export const queries: SentKind = {
  kind: 'query',
  isAnswered: true,
  read: readTyped,
  chooseRecipients(entry, { senderId, recipientId, type, isBroadcast }) {
    if (isBroadcast) return listOthers(entry, senderId).filter((colleague) => takes(colleague, type));
    if (recipientId !== undefined) return [requireRecipient(entry, recipientId)];
    const handlers = findHandlers(entry, type);
    const handler = handlers.find(({ active }) => active) ?? handlers[0];
    if (!handler) throw refuse('no-handler', `mediator ${entry.mediator.name} has no handler of ${type}`);
    return [requireActive(handler)];
  },
};
