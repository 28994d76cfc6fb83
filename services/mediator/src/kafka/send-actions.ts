import { createValidate } from '@fanfare/service-kit';
import { z } from 'zod';
import type { Directory } from '../mediators/directory';
import type { MediatorKind } from '../mediators/mediator';
import type { SendBody } from '../messages/message-schemas';
import type { Messages } from '../messages/messages';
import { findSentKind } from '../messages/sent-kinds';
import { nameSchema } from '../names';
import { refuse } from '../problems';
import type { Action, CommandRequest } from './action';

export type SendActionsDeps = Pick<Messages, 'bodies' | 'send' | 'sendMessage' | 'answerNow'> & {
  readonly directory: Pick<Directory, 'find'>;
};

const inMediator = createValidate(z.looseObject({ mediator: nameSchema }), 'body');
const never = new AbortController().signal;

/** Of these nobody waits for the answer of a handler: the response says that it is pending. */
export function createSendActions({ bodies, send, sendMessage, answerNow, directory }: SendActionsDeps) {
  const sendBody = createValidate<SendBody>(bodies.send, 'body');
  const broadcastBody = createValidate<SendBody>(bodies.broadcast, 'body');

  async function prepare(
    { trace, objectId }: CommandRequest,
    {
      mediator,
      body,
      isBroadcast,
    }: { readonly mediator: string; readonly body: SendBody; isBroadcast: boolean },
  ): Promise<Action> {
    const request = { mediator, body, isBroadcast, trace };
    const { kind } = (await directory.find(mediator)).mediator;
    if (findSentKind(kind, isBroadcast)) {
      return async (tx) => {
        const sent = await sendMessage(tx, request);
        if (sent.outcome === 'object')
          throw refuse('wrong-kind', `mediator ${mediator} is of another kind now`);
        return answerNow(tx, sent, isBroadcast);
      };
    }
    // an object has a transaction of its own: by its id there is but one, however often the command comes
    const made = await send({ ...request, body: withId(kind, body, objectId), signal: never });
    return () => Promise.resolve(made);
  }

  return {
    send_message(request: CommandRequest): Promise<Action> {
      const { mediator, ...rest } = inMediator(request.data);
      return prepare(request, { mediator, body: sendBody(rest), isBroadcast: false });
    },
    broadcast_message(request: CommandRequest): Promise<Action> {
      const { mediator, ...rest } = inMediator(request.data);
      return prepare(request, { mediator, body: broadcastBody(rest), isBroadcast: true });
    },
  };
}

/** Of these the name is the id, unless they have one. */
const named: readonly MediatorKind[] = ['resource', 'service'];

function withId(kind: MediatorKind, body: SendBody, id: string): SendBody {
  const { message } = body;
  const hasId = typeof message === 'object' && message !== null && 'id' in message;
  return body.id !== undefined || hasId || named.includes(kind) ? body : { ...body, id };
}
