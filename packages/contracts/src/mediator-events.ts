import { z } from 'zod';
import { defineEvent } from './define-event';
import { failure, freeObject, identifier, mediatorName, text } from './fields';
import { defineUpcaster } from './upcasters';

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

/** What all three ends of a workflow run, a task or a job tell. */
const workflow = { ...mediator, workflow_id: text, name: text };
const task = { ...mediator, task_id: text, name: text, type: text.nullable() };
const job = { ...mediator, job_id: text, name: text };

const failed = { error: failure.optional() };
const failedStep = { error: failure.extend({ step_id: text.optional() }).optional() };

export const workflowCompleted = defineEvent({
  topic: 'mediator',
  name: 'workflow.completed',
  summary: 'A workflow run ended well.',
  data: workflow,
});

export const workflowFailed = defineEvent({
  topic: 'mediator',
  name: 'workflow.failed',
  summary: 'A workflow run failed; what it had done is undone, unless its error says otherwise.',
  data: { ...workflow, ...failedStep },
});

export const workflowCancelled = defineEvent({
  topic: 'mediator',
  name: 'workflow.cancelled',
  summary: 'A workflow run was cancelled.',
  data: { ...workflow, ...failedStep },
});

export const taskCompleted = defineEvent({
  topic: 'mediator',
  name: 'task.completed',
  summary: 'A task was done.',
  data: task,
});

export const taskFailed = defineEvent({
  topic: 'mediator',
  name: 'task.failed',
  summary: 'A task failed after its last try.',
  data: { ...task, ...failed },
});

export const taskCancelled = defineEvent({
  topic: 'mediator',
  name: 'task.cancelled',
  summary: 'A task was cancelled.',
  data: { ...task, ...failed },
});

export const jobCompleted = defineEvent({
  topic: 'mediator',
  name: 'job.completed',
  summary: 'A job did the last of its runs.',
  data: job,
});

/** Nobody sends it any more: logs hold it, and whoever reads it there gets `jobFailed`. */
export const jobFailedV1 = defineEvent({
  topic: 'mediator',
  name: 'job.failed',
  summary: 'The last run of a job failed, perhaps without a word why; read as version 2.',
  data: { ...job, ...failed },
});

export const jobFailed = defineEvent({
  topic: 'mediator',
  name: 'job.failed',
  version: 2,
  summary: 'The last run of a job failed, and why.',
  data: { ...job, error: failure },
});

export const jobCancelled = defineEvent({
  topic: 'mediator',
  name: 'job.cancelled',
  summary: 'A job was cancelled; it fires no more.',
  data: { ...job, ...failed },
});

const fulfilment = { ...mediator, order_id: identifier };
/** An order waits for none of the others that the same mediator fulfils. */
const keyOf = ({ order_id: orderId }: { readonly order_id: string }) => orderId;

export const fulfilmentPaid = defineEvent({
  topic: 'mediator',
  name: 'fulfilment.paid',
  summary: 'The stock of an order is reserved and its payment taken: it can be confirmed.',
  data: fulfilment,
  keyOf,
});

export const fulfilmentShipped = defineEvent({
  topic: 'mediator',
  name: 'fulfilment.shipped',
  summary: 'An order was shipped.',
  data: fulfilment,
  keyOf,
});

export const fulfilmentCancelled = defineEvent({
  topic: 'mediator',
  name: 'fulfilment.cancelled',
  summary: 'An order cannot be fulfilled, and what was done for it is undone.',
  data: { ...fulfilment, reason: z.string().max(500).optional() },
  keyOf,
});

export const mediatorEvents = [
  mediatorCreated,
  mediatorUpdated,
  mediatorDeleted,
  colleagueRegistered,
  colleagueUnregistered,
  messageSent,
  messageBroadcasted,
  workflowCompleted,
  workflowFailed,
  workflowCancelled,
  taskCompleted,
  taskFailed,
  taskCancelled,
  jobCompleted,
  jobFailedV1,
  jobFailed,
  jobCancelled,
  fulfilmentPaid,
  fulfilmentShipped,
  fulfilmentCancelled,
] as const;

const untoldFailure = { code: 'unknown', message: 'the event did not say why', retryable: false };

export const mediatorUpcasters = [
  defineUpcaster(jobFailedV1, jobFailed, ({ error = untoldFailure, ...told }) => ({ ...told, error })),
] as const;
