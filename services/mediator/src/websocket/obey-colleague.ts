import type { TraceContext } from '@fanfare/contracts';
import {
  createValidate,
  HttpProblem,
  okFrame,
  reply,
  type AnswerFrameDeps,
  type Outlet,
  type Reply,
} from '@fanfare/service-kit';
import type { Mailbox } from '../mailbox/mailbox';
import type { Directory } from '../mediators/directory';
import type { ShownReceipt } from '../messages/message';
import type { SendBodies } from '../messages/message-schemas';
import type { Send } from '../messages/send';
import { refuseInput } from '../problems';
import type { AskedByFrame, AuditFrame } from './audit-frames';
import { checkAboutMessage, checkFrame, checkNack, checkNothing, checkReply } from './colleague-frames';
import type { Push, Self } from './push';

export interface ObeyColleagueDeps {
  readonly mailbox: Mailbox;
  readonly send: Send;
  readonly bodies: SendBodies;
  readonly directory: Pick<Directory, 'noteCall'>;
  readonly newTrace: () => TraceContext;
  readonly audit: AuditFrame;
  readonly findSelf: () => Promise<Self>;
  readonly push: Pick<Push, 'release'>;
  readonly outlet: Outlet;
  readonly leaving: AbortSignal;
}

type Fields = Readonly<Record<string, unknown>>;

/** So many calls of one connection may wait for their answers at a time. */
const maxWaiting = 1_000;

/** Does what a colleague says by its frames, each of which is a sign of life. */
export function createObeyColleague(deps: ObeyColleagueDeps): AnswerFrameDeps['obey'] {
  const { mailbox, send, bodies, directory, newTrace, audit, findSelf, push, outlet, leaving } = deps;
  const checkSend = createValidate(bodies.send, 'frame');
  const checkBroadcast = createValidate(bodies.broadcast, 'frame');
  let waiting = 0;

  /** What was settled or cannot be settled any more is out of hands. */
  async function releaseAfter(id: string, say: () => Promise<ShownReceipt>): Promise<ShownReceipt> {
    try {
      const receipt = await say();
      push.release(id);
      return receipt;
    } catch (error) {
      if (error instanceof HttpProblem && [404, 409].includes(error.status)) push.release(id);
      throw error;
    }
  }

  function say({ entry, colleague }: Self, type: 'ack' | 'nack' | 'reply', fields: Fields) {
    const { id, ...rest } = checkAboutMessage(fields);
    switch (type) {
      case 'ack':
        checkNothing(rest);
        return releaseAfter(id, () => mailbox.ack(entry, colleague.id, id));
      case 'nack': {
        const { error, delay_ms: delayMs } = checkNack(rest);
        return releaseAfter(id, () => mailbox.nack(entry, colleague.id, id, { error, delayMs }));
      }
      case 'reply': {
        const answer = checkReply(rest);
        return releaseAfter(id, () => mailbox.reply(entry, colleague.id, id, answer));
      }
    }
  }

  /** The next frame has its turn as soon as the message is accepted: the answer to it may need that frame. */
  async function sendAs(
    { entry, colleague }: Self,
    { type, fields, trace }: AskedByFrame,
    endTurn: () => void,
  ): Promise<Reply> {
    if ('sender_id' in fields) {
      throw refuseInput([{ field: 'sender_id', message: 'is the colleague of this connection' }]);
    }
    if (waiting >= maxWaiting) throw tooManyWaiting;
    const isBroadcast = type === 'broadcast';
    const check = isBroadcast ? checkBroadcast : checkSend;
    const body = check({ ...fields, sender_id: colleague.id });
    const { name: mediator } = entry.mediator;
    waiting += 1;
    try {
      return await send({ mediator, body, isBroadcast, trace, signal: leaving, onAccepted: endTurn });
    } finally {
      waiting -= 1;
    }
  }

  async function obey(asked: AskedByFrame, endTurn: () => void): Promise<Reply> {
    const self = await findSelf();
    await directory.noteCall(self.entry, self.colleague.id);
    const { type, fields } = asked;
    switch (type) {
      case 'heartbeat':
        return reply(200, checkNothing(fields));
      case 'send':
      case 'broadcast':
        return sendAs(self, asked, endTurn);
      case 'ack':
      case 'nack':
      case 'reply':
        return reply(200, await say(self, type, fields));
    }
  }

  return async (unchecked, endTurn) => {
    const { request_id: requestId, type, ...fields } = checkFrame(unchecked);
    const asked = { type, requestId, fields, trace: newTrace() };
    const { body } = await audit(asked, () => obey(asked, endTurn));
    void outlet.send(okFrame(requestId, body as object));
  };
}

const tooManyWaiting = new HttpProblem(
  429,
  `${maxWaiting} calls of this connection wait for their answers already`,
);
