import { z } from 'zod';
import { HttpProblem, toHttpProblem } from '../http/problem';
import type { FrameData } from './connection';
import type { Outlet } from './outlet';
import type { EndTurn } from './take-turns';

/** By which a client knows the answer to its frame again. */
export const requestIdSchema = z.union([z.string().max(255), z.int()]).optional();
export type RequestId = z.infer<typeof requestIdSchema>;

export interface AnswerFrameDeps {
  readonly outlet: Outlet;
  /** Does what a frame asks for, and answers it. What it throws is the answer of `toErrorFrame`. */
  readonly obey: (frame: unknown, endTurn: EndTurn) => Promise<void> | void;
  readonly toErrorFrame: (requestId: RequestId, thrown: unknown) => string;
  /** Told of what is a fault of the service. */
  readonly onFault: (error: unknown) => void;
}

/** Answers each frame of a client in its turn, whatever it is; never throws. */
export function createAnswerFrame({ outlet, obey, toErrorFrame, onFault }: AnswerFrameDeps) {
  return async (data: FrameData, isBinary: boolean, endTurn: EndTurn): Promise<void> => {
    let requestId: RequestId;
    try {
      if (isBinary || !Buffer.isBuffer(data)) throw new HttpProblem(400, 'a frame must be text');
      const frame = parseFrame(data.toString());
      requestId = requestIdOf(frame);
      await obey(frame, endTurn);
    } catch (error) {
      if (toHttpProblem(error).status === 500) onFault(error);
      void outlet.send(toErrorFrame(requestId, error));
    }
  };
}

/** Answers a frame that was obeyed. `type` is that of the frame: what the answer has by this name is its `answer_type`. */
export function okFrame(requestId: RequestId, answer: object = {}): string {
  const ofAnswer = 'type' in answer ? { answer_type: answer.type } : {};
  return JSON.stringify({ ...answer, ...ofAnswer, type: 'ok', request_id: requestId });
}

function parseFrame(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'the frame is not JSON');
  }
}

/** Undefined when the client gave none that can be read. */
function requestIdOf(frame: unknown): RequestId {
  const result = z.looseObject({ request_id: requestIdSchema }).safeParse(frame);
  return result.success ? result.data.request_id : undefined;
}
