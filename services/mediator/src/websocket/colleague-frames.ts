import { createValidate, requestIdSchema } from '@fanfare/service-kit';
import { z } from 'zod';
import { mailParams, nackBody, replyBody } from '../mailbox/mailbox-schemas';

const frame = z.looseObject({
  type: z.enum(
    ['ack', 'nack', 'reply', 'heartbeat', 'send', 'broadcast'],
    'must be ack, nack, reply, heartbeat, send or broadcast',
  ),
  request_id: requestIdSchema,
});

const aboutMessage = z.looseObject({ id: mailParams.shape.message_id });

/** The frames of a colleague (contract §4): each check throws a problem that names every bad field. */
export const checkFrame = createValidate(frame, 'frame');
export const checkAboutMessage = createValidate(aboutMessage, 'frame');
export const checkNothing = createValidate(z.strictObject({}), 'frame');
export const checkNack = createValidate(nackBody, 'frame');
export const checkReply = createValidate(replyBody, 'frame');
