import { z } from 'zod';
import { defineEvent } from './define-event';
import { freeObject, text } from './fields';

/** Name of a mediator or id of a colleague. */
const mediatorName = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.\-:@+]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ - : @ + and begin with a letter or digit',
  );

const mediator = { mediator: mediatorName };

export const mediatorCreated = defineEvent({
  topic: 'mediator',
  name: 'mediator.created',
  summary: 'A mediator was made.',
  data: { ...mediator, kind: text, description: z.string().optional(), metadata: freeObject.optional() },
});

export const mediatorUpdated = defineEvent({
  topic: 'mediator',
  name: 'mediator.updated',
  summary: 'The description or metadata of a mediator changed.',
  data: { ...mediator, description: z.string().optional(), metadata: freeObject.optional() },
});

export const mediatorDeleted = defineEvent({
  topic: 'mediator',
  name: 'mediator.deleted',
  summary: 'A mediator was removed with all that was open in it.',
  data: mediator,
});

export const colleagueRegistered = defineEvent({
  topic: 'mediator',
  name: 'colleague.registered',
  summary: 'A colleague joined a mediator.',
  data: { ...mediator, colleague_id: mediatorName, name: text, type: text },
});

export const colleagueUnregistered = defineEvent({
  topic: 'mediator',
  name: 'colleague.unregistered',
  summary: 'A colleague left a mediator.',
  data: { ...mediator, colleague_id: mediatorName },
});

/** What everybody may know of a message; its body stays with those whom it is for. */
const message = {
  ...mediator,
  message_id: text,
  kind: text,
  type: text,
  /** Null when the mediator itself is the sender. */
  sender_id: mediatorName.nullable(),
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
};

export const messageSent = defineEvent({
  topic: 'mediator',
  name: 'message.sent',
  summary: 'A mediator accepted a message for one colleague.',
  data: { ...message, recipient_id: mediatorName },
});

export const messageBroadcasted = defineEvent({
  topic: 'mediator',
  name: 'message.broadcasted',
  summary: 'A mediator accepted a message for many colleagues.',
  data: { ...message, recipients: z.array(mediatorName) },
});

export const mediatorEvents = [
  mediatorCreated,
  mediatorUpdated,
  mediatorDeleted,
  colleagueRegistered,
  colleagueUnregistered,
  messageSent,
  messageBroadcasted,
] as const;
