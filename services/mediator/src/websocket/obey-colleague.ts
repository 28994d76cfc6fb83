import type { TraceContext } from '@fanfare/contracts';
import {
  createValidate,
  HttpProblem,
  okFrame,
  type AnswerFrameDeps,
  type Outlet,
} from '@fanfare/service-kit';
import type { Mailbox } from '../mailbox/mailbox';
import type { Directory } from '../mediators/directory';
import type { ShownReceipt } from '../messages/message';
import type { SendBodies } from '../messages/message-schemas';
import type { Send } from '../messages/send';
import { refuseInput } from '../problems';
import { checkAboutMessage, checkFrame, checkNack, checkNothing, checkReply } from './colleague-frames';
import type { Deliver, Self } from './deliver';

export interface ObeyColleagueDeps {
  readonly mailbox: Mailbox;
  readonly send: Send;
  readonly bodies: SendBodies;
  readonly directory: Pick<Directory, 'noteCall'>;
  readonly newTrace: () => TraceContext;
  readonly findSelf: () => Promise<Self>;
  readonly deliver: Pick<Deliver, 'settle'>;
  readonly outlet: Outlet;
  readonly leaving: AbortSignal;
}

type Fields = Readonly<Record<string, unknown>>;
type FrameType = ReturnType<typeof checkFrame>['type'];

/** So many calls of one connection may wait for their answers at a time. */
const maxWaiting = 1_000;

/** Does what a colleague says by its frames, each of which is a sign of life. */
export function createObeyColleague(deps: ObeyColleagueDeps): AnswerFrameDeps['obey'] {
  const { mailbox, send, bodies, directory, newTrace, findSelf, deliver, outlet, leaving } = deps;
  const checkSend = createValidate(bodies.send, 'frame');
  const checkBroadcast = createValidate(bodies.broadcast, 'frame');
  let waiting = 0;

  /** What was settled or cannot be settled any more is out of hands. */
  async function settle(id: string, say: () => Promise<ShownReceipt>): Promise<ShownReceipt> {
    try {
      const receipt = await say();
      deliver.settle(id);
      return receipt;
    } catch (error) {
      if (error instanceof HttpProblem && [404, 409].includes(error.status)) deliver.settle(id);
      throw error;
    }
  }

  function say({ entry, colleague }: Self, type: 'ack' | 'nack' | 'reply', fields: Fields) {
    const { id, ...rest } = checkAboutMessage(fields);
    switch (type) {
      case 'ack':
        checkNothing(rest);
        return settle(id, () => mailbox.ack(entry, colleague.id, id));
      case 'nack': {
        const { error, delay_ms: delayMs } = checkNack(rest);
        return settle(id, () => mailbox.nack(entry, colleague.id, id, { error, delayMs }));
      }
      case 'reply': {
        const answer = checkReply(rest);
        return settle(id, () => mailbox.reply(entry, colleague.id, id, answer));
      }
    }
  }

  /** The next frame has its turn as soon as the message is accepted: the answer to it may need that frame. */
  async function sendAs(
    { entry, colleague }: Self,
    isBroadcast: boolean,
    fields: Fields,
    endTurn: () => void,
  ) {
    if ('sender_id' in fields) {
      throw refuseInput([{ field: 'sender_id', message: 'is the colleague of this connection' }]);
    }
    if (waiting >= maxWaiting) throw tooManyWaiting;
    const check = isBroadcast ? checkBroadcast : checkSend;
    const body = check({ ...fields, sender_id: colleague.id });
    const { name: mediator } = entry.mediator;
    waiting += 1;
    try {
      const call = { mediator, body, isBroadcast, trace: newTrace(), signal: leaving, onAccepted: endTurn };
      const { body: answer } = await send(call);
      return answer as object;
    } finally {
      waiting -= 1;
    }
  }

  async function answer(self: Self, type: FrameType, fields: Fields, endTurn: () => void): Promise<object> {
    switch (type) {
      case 'heartbeat':
        return checkNothing(fields);
      case 'send':
      case 'broadcast':
        return sendAs(self, type === 'broadcast', fields, endTurn);
      case 'ack':
      case 'nack':
      case 'reply':
        return say(self, type, fields);
    }
  }

  return async (unchecked, endTurn) => {
    const { request_id: requestId, type, ...fields } = checkFrame(unchecked);
    const self = await findSelf();
    await directory.noteCall(self.entry, self.colleague.id);
    const members = await answer(self, type, fields, endTurn);
    void outlet.send(okFrame(requestId, members));
  };
}

const tooManyWaiting = new HttpProblem(
  429,
  `${maxWaiting} calls of this connection wait for their answers already`,
);
