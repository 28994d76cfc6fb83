import { traceAfter } from '@fanfare/contracts';
import type { AuditCall, Method, Reply } from '@fanfare/service-kit';
import { z } from 'zod';
import type { AuditByPath } from '../audit-by-path';
import { runsPath } from '../kinds/workflow/runs/run-schemas';
import { colleaguePath, colleaguesPath } from '../mediators/colleague-schemas';
import { mediatorPath, mediatorsPath } from '../mediators/mediator-schemas';
import { nameSchema } from '../names';
import { commandTypes, type Command, type CommandType } from './command';

/** Leaves the entry of a command that was answered, as the route leaves it that does the same. Never rejects. */
export type AuditCommand = (command: Command, reply: Reply) => Promise<void>;

const routes: Readonly<Record<CommandType, readonly [Method, string]>> = {
  create_mediator: ['post', mediatorsPath],
  update_mediator: ['patch', mediatorPath],
  delete_mediator: ['delete', mediatorPath],
  register_colleague: ['post', colleaguesPath],
  unregister_colleague: ['delete', colleaguePath],
  send_message: ['post', `${mediatorPath}/messages`],
  broadcast_message: ['post', `${mediatorPath}/broadcast`],
  start_workflow: ['post', runsPath],
};

const naming = z.object({ mediator: nameSchema.optional(), colleague_id: nameSchema.optional() });

export function createAuditCommands(auditByPath: AuditByPath, newId: () => string): AuditCommand {
  const audits = new Map<CommandType, AuditCall>(
    commandTypes.map((type) => [type, auditByPath(...routes[type])]),
  );
  return async (command, reply) => {
    await audits.get(command.type)?.(toCall(command, newId), reply.status, reply);
  };
}

/** Who writes into a topic shows no token: what is known is where the command says it comes from. */
function toCall(command: Command, newId: () => string) {
  const { id, source, data } = command;
  const { mediator, colleague_id } = naming.safeParse(data).data ?? {};
  return {
    caller: { subject: `kafka:${source}` },
    address: '',
    headers: {},
    url: '',
    requestId: id,
    trace: traceAfter(command, newId),
    params: { name: mediator, id: colleague_id },
    sentBody: data,
  };
}
