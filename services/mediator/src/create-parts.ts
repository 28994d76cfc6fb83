import { createJobs } from './kinds/job/jobs';
import { createNotifications } from './kinds/notification/notifications';
import { createResources } from './kinds/resource/resources';
import { createServices } from './kinds/service/services';
import { createTasks } from './kinds/task/tasks';
import { createDefinitions } from './kinds/workflow/definitions/definitions';
import { createWorkflows } from './kinds/workflow/workflow';
import { createMailboxes } from './mailbox/create-mailbox';
import { createMediators } from './mediators/mediators';
import { createMessageStore } from './messages/message-store';
import { createMessages } from './messages/messages';
import type { Part, PartDeps } from './part';
import { createWebhooks } from './webhook/webhooks';

/** Everything that the service consists of, each part made of what those before it offer. */
export function createParts(shared: Omit<PartDeps, 'work'>) {
  const messageStore = createMessageStore(shared);
  const mailboxes = createMailboxes({ ...shared, messages: messageStore });
  const deps: PartDeps = { ...shared, work: mailboxes.work };

  const definitions = createDefinitions(deps);
  const workflows = createWorkflows({ ...deps, definitions });
  const kinds: readonly Part[] = [
    createNotifications(deps),
    definitions,
    workflows,
    createServices(deps),
    createResources(deps),
    createTasks(deps),
    createJobs(deps),
  ];

  const messages = createMessages({ ...deps, messages: messageStore, parts: kinds });
  const webhooks = createWebhooks({ ...deps, ...mailboxes });
  const others: readonly Part[] = [messages, mailboxes, webhooks, ...kinds];
  const mediators = createMediators({ ...deps, parts: others });
  const parts: readonly Part[] = [mediators, ...others];
  return { parts, mediators, messages, mailboxes, definitions, workflows };
}
