import { commands } from '../kinds/command/command';
import { events } from '../kinds/event/event';
import { plainMessages } from '../kinds/message/message';
import { queries } from '../kinds/query/query';
import type { MediatorKind } from '../mediators/mediator';
import type { SentKind } from './sent-kind';

const byMediator: Partial<Record<MediatorKind, SentKind>> = {
  message: plainMessages,
  event: events,
  command: commands,
  query: queries,
};

/**
 * What a mediator makes of what is sent in it. Undefined where that is an object of its own kind, such as a task: what is
 * broadcast there is a plain message.
 */
export function findSentKind(kind: MediatorKind, isBroadcast: boolean): SentKind | undefined {
  return byMediator[kind] ?? (isBroadcast ? plainMessages : undefined);
}
