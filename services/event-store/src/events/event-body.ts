import { findEventProblems } from '@fanfare/cloudevents';
import { z } from 'zod';
import type { CheckEvent } from './event-check';
import { identifier } from './identifiers';
import type { EventParts } from './new-event';

const maxAttributeLength = 256;

/** Attributes that others keep and send on, in columns and headers. */
export const attributeText = z.string().max(maxAttributeLength);

const sampleEvent = { specversion: '1.0', id: '1', source: '/', type: 't' };

/** A text that can be this attribute of a CloudEvent. */
function attribute(name: string) {
  return attributeText.min(1).superRefine((value, context) => {
    if (value === '') return;
    for (const { reason } of findEventProblems({ ...sampleEvent, [name]: value })) {
      context.addIssue({ code: 'custom', message: reason });
    }
  });
}

const eventShape = {
  id: identifier.optional(),
  type: attribute('type'),
  data: z.unknown(),
  source: attribute('source').optional(),
  subject: attribute('subject').optional(),
  timestamp: attribute('time').optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  correlation_id: attribute('correlationid').optional(),
  causation_id: attribute('causationid').optional(),
};

export type EventBody = z.infer<z.ZodObject<typeof eventShape>>;

/** An event in the JSON of the service, with further fields; `check` is told of it even if some are wrong. */
export function eventBody<Shape extends z.ZodRawShape>(shape: Shape, check: CheckEvent) {
  return z.strictObject({ ...eventShape, ...shape }).superRefine(
    (event: unknown, context) => {
      if (typeof event === 'object' && event !== null) check(event, context);
    },
    { when: () => true },
  );
}

export function toEventParts(body: EventBody): EventParts {
  const { correlation_id: correlationId, causation_id: causationId, ...parts } = body;
  return { ...parts, correlationId, causationId };
}
