import { HttpProblem, toHttpProblem } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import type { RawData } from 'ws';
import type { LogReader } from './log-reader';
import { matchEvents } from './match-events';
import {
  checkFrame,
  errorFrame,
  okFrame,
  parseFrame,
  requestIdOf,
  type IncomingFrame,
  type RequestId,
} from './ws-frames';
import type { Outlet } from './ws-outlet';

export interface AnswerFrameDeps {
  readonly reader: Pick<LogReader, 'countWithout' | 'subscribe' | 'unsubscribe'>;
  readonly outlet: Outlet;
  readonly log: Pick<EventLog, 'head'>;
  /** What the client follows before it has asked for anything. */
  readonly first: { readonly pattern: string; readonly isImplicit: boolean };
  /** Told of what is a fault of the service. */
  readonly onFault: (error: unknown) => void;
}

type FrameOf<Type extends IncomingFrame['type']> = Extract<IncomingFrame, { type: Type }>;

const maxSubscriptions = 100;

/** Answers the frames of one client with `ok` or `error`, whatever they are; does what they ask for after the `ok`. */
export function createAnswerFrame({ reader, outlet, log, first, onFault }: AnswerFrameDeps) {
  let followsFirst = first.isImplicit;

  async function subscribe({ pattern, sql, last_position, request_id }: FrameOf<'subscribe'>): Promise<void> {
    const matches = matchEvents({ pattern, sql });
    if (reader.countWithout(pattern) >= maxSubscriptions) throw tooManySubscriptions;
    const from = last_position ?? (await log.head());
    void outlet.send(okFrame(request_id, { pattern, position: from }));
    if (followsFirst) reader.unsubscribe(first.pattern);
    followsFirst = false;
    reader.subscribe(pattern, { from, matches });
  }

  function unsubscribe({ pattern, request_id }: FrameOf<'unsubscribe'>): void {
    if (followsFirst || !reader.unsubscribe(pattern)) {
      throw new HttpProblem(404, `there is no subscription to "${pattern}"`);
    }
    void outlet.send(okFrame(request_id, { pattern }));
  }

  async function obey(frame: IncomingFrame): Promise<void> {
    if (frame.type === 'subscribe') await subscribe(frame);
    else if (frame.type === 'unsubscribe') unsubscribe(frame);
    else void outlet.send(okFrame(frame.request_id));
  }

  return async (data: RawData, isBinary: boolean): Promise<void> => {
    let requestId: RequestId;
    try {
      if (isBinary || !Buffer.isBuffer(data)) throw new HttpProblem(400, 'a frame must be text');
      const frame = parseFrame(data.toString());
      requestId = requestIdOf(frame);
      await obey(checkFrame(frame));
    } catch (error) {
      if (toHttpProblem(error).status === 500) onFault(error);
      void outlet.send(errorFrame(requestId, error));
    }
  };
}

const tooManySubscriptions = new HttpProblem(400, `there are ${maxSubscriptions} subscriptions already`, {
  code: 'too-many-subscriptions',
});
