import { findEventProblems } from '@fanfare/cloudevents';
import { maxAttributeLength } from '@fanfare/contracts';
import { z } from 'zod';
import type { CheckEvent } from './event-check';
import { identifier } from './identifiers';
import type { EventParts } from './new-event';

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

const correlationId = attribute('correlationid');
const causationId = attribute('causationid');

/** Something in the metadata that is taken for an attribute if it is a text. */
function standIn(forAttribute: typeof correlationId) {
  return z
    .unknown()
    .superRefine((value, context) => {
      const { error } = forAttribute.optional().safeParse(textOf(value));
      for (const issue of error?.issues ?? []) context.addIssue({ ...issue });
    })
    .optional();
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const eventShape = {
  id: identifier.optional(),
  type: attribute('type'),
  data: z.unknown(),
  source: attribute('source').optional(),
  subject: attribute('subject').optional(),
  timestamp: attribute('time').optional(),
  metadata: z
    .looseObject({ correlation_id: standIn(correlationId), causation_id: standIn(causationId) })
    .optional(),
  correlation_id: correlationId.optional(),
  causation_id: causationId.optional(),
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
  const { correlation_id, causation_id, ...parts } = body;
  const { metadata } = parts;
  return {
    ...parts,
    correlationId: correlation_id ?? textOf(metadata?.correlation_id),
    causationId: causation_id ?? textOf(metadata?.causation_id),
  };
}
