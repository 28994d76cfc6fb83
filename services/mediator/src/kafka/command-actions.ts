import { createValidate } from '@fanfare/service-kit';
import { z } from 'zod';
import { startedReply } from '../kinds/workflow/runs/run-routes';
import type { Workflows } from '../kinds/workflow/workflow';
import { registeredReply, unregisteredReply } from '../mediators/colleague-routes';
import { newColleagueBody } from '../mediators/colleague-schemas';
import { createdReply, removedReply, updatedReply } from '../mediators/mediator-routes';
import { mediatorChangeBody, newMediatorBody } from '../mediators/mediator-schemas';
import type { Mediators } from '../mediators/mediators';
import { nameSchema } from '../names';
import type { Action, CommandRequest, Prepare } from './action';
import type { CommandType } from './command';
import { createSendActions, type SendActionsDeps } from './send-actions';

export type CommandActionsDeps = Pick<Mediators, 'manageMediators' | 'manageColleagues' | 'requireEndpoint'> &
  SendActionsDeps & { readonly workflows: Pick<Workflows, 'newRunBody' | 'start'> };

const validate = <T>(schema: z.ZodType<T>) => createValidate(schema, 'body');

/** Reads `mediator`, which HTTP has in the path, off the data; the rest is the body. */
const inMediator = validate(z.looseObject({ mediator: nameSchema }));
const ofColleague = validate(z.strictObject({ mediator: nameSchema, colleague_id: nameSchema }));
const anyObject = validate(z.looseObject({ mediator: nameSchema.optional() }));
const onlyMediator = validate(z.strictObject({ mediator: nameSchema }));
const newMediator = validate(newMediatorBody);
const mediatorChange = validate(mediatorChangeBody);
const newColleague = validate(newColleagueBody);

/** The use cases behind the calls of HTTP, by the types of the commands. */
export function createCommandActions(deps: CommandActionsDeps): Readonly<Record<CommandType, Prepare>> {
  return {
    ...mediatorActions(deps),
    ...colleagueActions(deps),
    ...createSendActions(deps),
    ...runActions(deps),
  };
}

function mediatorActions({ manageMediators }: Pick<CommandActionsDeps, 'manageMediators'>) {
  return {
    async create_mediator({ data, trace }: CommandRequest): Promise<Action> {
      const { mediator, ...rest } = anyObject(data);
      const body = newMediator({ ...(mediator !== undefined && { name: mediator }), ...rest });
      return async (tx) => {
        await manageMediators.create(tx, body, trace);
        return createdReply(body.name);
      };
    },
    async update_mediator({ data, trace }: CommandRequest): Promise<Action> {
      const { mediator, ...rest } = inMediator(data);
      const body = mediatorChange(rest);
      return async (tx) => {
        await manageMediators.change(tx, mediator, body, trace);
        return updatedReply(mediator);
      };
    },
    async delete_mediator({ data, trace }: CommandRequest): Promise<Action> {
      const { mediator } = onlyMediator(data);
      return async (tx) => {
        await manageMediators.remove(tx, mediator, trace);
        return removedReply();
      };
    },
  };
}

function colleagueActions({
  manageColleagues,
  requireEndpoint,
}: Pick<CommandActionsDeps, 'manageColleagues' | 'requireEndpoint'>) {
  return {
    async register_colleague({ data, trace }: CommandRequest): Promise<Action> {
      const { mediator, colleague_id: id, ...rest } = inMediator(data);
      const body = newColleague({ ...(id !== undefined && { id }), ...rest });
      await requireEndpoint(body);
      return async (tx) => {
        const { isReplayed } = await manageColleagues.register(tx, mediator, body, trace);
        return registeredReply(mediator, body.id, isReplayed);
      };
    },
    async unregister_colleague({ data, trace }: CommandRequest): Promise<Action> {
      const { mediator, colleague_id: id } = ofColleague(data);
      return async (tx) => {
        await manageColleagues.unregister(tx, mediator, id, trace);
        return unregisteredReply();
      };
    },
  };
}

function runActions({ workflows }: Pick<CommandActionsDeps, 'workflows'>) {
  const newRun = validate(workflows.newRunBody);
  return {
    async start_workflow({ data, trace }: CommandRequest): Promise<Action> {
      const { mediator, ...rest } = inMediator(data);
      const body = newRun(rest);
      return async (tx) => startedReply(mediator, await workflows.start(tx, { mediator, body, trace }));
    },
  };
}
