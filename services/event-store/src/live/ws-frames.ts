import { createValidate, requestIdSchema, toHttpProblem, type RequestId } from '@fanfare/service-kit';
import type { LogEvent } from '@fanfare/storage';
import { z } from 'zod';
import { encodedRecord } from './encoded-record';

const pattern = z.string().max(255);

/** Exclusive: what follows it is wanted. */
export const lastPosition = z.int().nonnegative();

const incomingFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    request_id: requestIdSchema,
    pattern,
    last_position: lastPosition.optional(),
    sql: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), request_id: requestIdSchema, pattern }),
  z.strictObject({ type: z.literal('ping'), request_id: requestIdSchema }),
]);

/** What a client may ask for. */
export type IncomingFrame = z.infer<typeof incomingFrame>;

/** Throws a problem that names every bad field. */
export const checkFrame = createValidate(incomingFrame, 'frame');

/** Answers a frame that was refused, in the words of the problems that HTTP answers with. */
export function errorFrame(requestId: RequestId, thrown: unknown): string {
  const { code, detail, extra } = toHttpProblem(thrown);
  return JSON.stringify({
    type: 'error',
    request_id: requestId,
    code,
    error: detail,
    ...(extra.errors && { errors: extra.errors }),
  });
}

const published = new WeakMap<LogEvent, Buffer>();

/** Tells of an event of the log; its bytes are the same for every client. */
export function publishedFrame(logged: LogEvent): Buffer {
  let frame = published.get(logged);
  if (!frame) {
    const { position } = logged;
    frame = Buffer.from(`{"type":"event.published","position":${position},"event":${encodedRecord(logged)}}`);
    published.set(logged, frame);
  }
  return frame;
}
