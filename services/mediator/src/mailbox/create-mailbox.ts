import type { MessageStore } from '../messages/message-store';
import { messageTimer } from '../messages/message-store';
import type { Part, PartDeps } from '../part';
import { createWork } from '../work/create-work';
import type { Work } from '../work/work';
import { createWorkSources } from '../work/work-sources';
import { createEndInTime } from './end-in-time';
import { createHearWork } from './hear-work';
import { createHold } from './hold';
import { createLeaveMailbox } from './leave-mailbox';
import type { Mailbox } from './mailbox';
import { createMailboxMetrics } from './mailbox-metrics';
import { mailboxRoutes } from './mailbox-routes';
import { createPruneMessages } from './prune-messages';
import { createReceive } from './receive';
import { createRemoveMessages } from './remove-messages';
import { createSettle } from './settle';
import { createTake } from './take';

/** Mailboxes, with all that puts something into them and takes it out. */
export interface Mailboxes extends Part {
  readonly mailbox: Mailbox;
  readonly work: Work;
}

export type MailboxDeps = Pick<
  PartDeps,
  | 'config'
  | 'database'
  | 'archive'
  | 'clock'
  | 'random'
  | 'metrics'
  | 'tracer'
  | 'directory'
  | 'timers'
  | 'waiting'
> & { readonly messages: MessageStore };

export function createMailboxes(deps: MailboxDeps): Mailboxes {
  const { config, metrics, directory, timers, waiting } = deps;
  const { maxMessageBytes } = config;
  const sources = createWorkSources();
  const settle = createSettle(deps);
  const hearWork = createHearWork({ ...deps, settle, sources });
  const count = createMailboxMetrics(metrics, deps);
  const mailbox: Mailbox = {
    take: createTake(deps),
    ...createHold(deps),
    ...createReceive({ ...deps, sources, settle, hearWork, maxMessageBytes, count }),
  };
  const endInTime = createEndInTime({ ...deps, settle });
  timers.handle(messageTimer, ({ mediatorKey, id }) => endInTime(mediatorKey, id));
  return {
    mailbox,
    work: createWork({ ...deps, settle, sources }),
    routes: mailboxRoutes({ mailbox, directory, waiting }),
    onColleagueUnregistered: createLeaveMailbox({ ...deps, settle, sources }),
    onMediatorRemoved: createRemoveMessages(deps),
    prune: createPruneMessages(deps),
  };
}
