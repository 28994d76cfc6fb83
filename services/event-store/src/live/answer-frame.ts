import { createAnswerFrame, HttpProblem, okFrame, type Outlet } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import type { LogReader } from './log-reader';
import { matchEvents } from './match-events';
import { checkFrame, errorFrame, type IncomingFrame } from './ws-frames';

export interface AnswerClientDeps {
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
export function createAnswerClient({ reader, outlet, log, first, onFault }: AnswerClientDeps) {
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

  return createAnswerFrame({
    outlet,
    async obey(unchecked) {
      const frame = checkFrame(unchecked);
      if (frame.type === 'subscribe') await subscribe(frame);
      else if (frame.type === 'unsubscribe') unsubscribe(frame);
      else void outlet.send(okFrame(frame.request_id));
    },
    toErrorFrame: errorFrame,
    onFault,
  });
}

const tooManySubscriptions = new HttpProblem(400, `there are ${maxSubscriptions} subscriptions already`, {
  code: 'too-many-subscriptions',
});
