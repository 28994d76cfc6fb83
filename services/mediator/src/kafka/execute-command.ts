import { createHash } from 'node:crypto';
import { traceAfter, type CloudEvent } from '@fanfare/contracts';
import { hasCode, type Clock } from '@fanfare/core';
import type { ReceiverInbox, TopicLog } from '@fanfare/messaging';
import { problemReply, toHttpProblem, type Logger, type Reply } from '@fanfare/service-kit';
import { z } from 'zod';
import { nameSchema } from '../names';
import type { Action, Prepare } from './action';
import type { AuditCommand } from './audit-commands';
import type { Command, CommandType } from './command';

/**
 * Does what a command asks for, once per event, and keeps the response in the same transaction; so there is one response,
 * whatever comes again. Throws `unavailable` when it cannot be done now. Returns whether it was done now.
 */
export type ExecuteCommand = (command: Command) => Promise<boolean>;

export interface ExecuteCommandDeps {
  readonly actions: Readonly<Record<CommandType, Prepare>>;
  readonly inbox: ReceiverInbox;
  /** Keeps responses until they are sent. */
  readonly responses: Pick<TopicLog, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly audit: AuditCommand;
}

export function createExecuteCommand(deps: ExecuteCommandDeps): ExecuteCommand {
  const { actions, inbox, responses, clock, newId, logger, audit } = deps;

  async function answerOnce(command: Command, action: Action): Promise<boolean> {
    let reply: Reply | undefined;
    await inbox.handleOnce(command, async (tx) => {
      reply = await action(tx);
      responses.append(tx, [toResponse(command, reply, { id: newId(), now: clock.now(), newId })]);
    });
    if (!reply) return false;
    await audit(command, reply);
    return true;
  }

  async function tryOnce(command: Command): Promise<boolean> {
    const { type, data } = command;
    const trace = traceAfter(command, newId);
    return answerOnce(command, await actions[type]({ data, trace, objectId: objectIdOf(command) }));
  }

  return async function executeCommand(command) {
    // what is done ahead of the transaction must not be done again, either
    if (await inbox.wasHandled(command)) return false;
    try {
      return await tryOnce(command).catch((error: unknown) => {
        // another has just created the same: now it is found
        if (hasCode(error, 'already_exists')) return tryOnce(command);
        throw error;
      });
    } catch (error) {
      const problem = toHttpProblem(error);
      if (problem.status === 503) throw error;
      if (problem.status === 500) logger.error({ err: error, command: command.id }, 'a command failed');
      const refusal = problemReply(problem, { url: `/${command.type}`, requestId: command.id });
      return answerOnce(command, () => Promise.resolve(refusal));
    }
  };
}

/** An event is known by its source and id; ids of objects have rules that those of events do not. */
function objectIdOf({ source, id }: Command): string {
  const hash = createHash('sha256').update(JSON.stringify([source, id]));
  return `command-${hash.digest('hex').slice(0, 32)}`;
}

const responseType = 'com.fanfare.mediator.response.v1';

interface ResponseContext {
  readonly id: string;
  readonly now: Date;
  readonly newId: () => string;
}

function toResponse(
  command: Command,
  { status, body }: Reply,
  { id, now, newId }: ResponseContext,
): CloudEvent {
  const subject = mediatorOf(command.data);
  return {
    specversion: '1.0',
    id,
    source: '/mediator',
    type: responseType,
    ...(subject !== undefined && { subject }),
    time: now.toISOString(),
    datacontenttype: 'application/json',
    ...traceAfter(command, newId),
    data: {
      command_id: command.id,
      status,
      ...(status < 400 ? { result: body } : { problem: shorten(body) }),
    },
  };
}

/** A broker takes no record without end, and one that it does not take would hold up all that come after it. */
const maxErrorsBytes = 65_536;
const listing = z.looseObject({ errors: z.array(z.unknown()) });

/** With no more errors than fit: each unknown field of a command is one, and its name stands in it. */
function shorten(problem: unknown): unknown {
  const { success, data } = listing.safeParse(problem);
  if (!success) return problem;
  let bytes = 0;
  const errors = data.errors.filter((error) => {
    bytes += Buffer.byteLength(JSON.stringify(error));
    return bytes <= maxErrorsBytes;
  });
  return { ...data, errors };
}

const naming = z.object({ mediator: nameSchema.optional(), name: nameSchema.optional() });

/** As far as the command names one: its responses stay in order. */
function mediatorOf(data: unknown): string | undefined {
  const named = naming.safeParse(data).data;
  return named?.mediator ?? named?.name;
}
