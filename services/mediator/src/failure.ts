import { z } from 'zod';

/** Why something did not succeed, wherever `error` stands in an object. */
export interface Failure {
  /** What a program acts on: `timeout`, `no-handler`, `http-422`, or what a handler says. */
  readonly code: string;
  readonly message: string;
  /** False ends the tries at once. */
  readonly retryable: boolean;
}

/** A failure as handlers send it; what they leave out is a failure that may be tried again. */
export const failureSchema = z.strictObject({
  code: z.string().min(1).max(64).default('failed'),
  message: z.string().max(4_096).default('the handler gave no reason'),
  retryable: z.boolean().default(true),
});

/** A failure as answers show it. */
export const shownFailure = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });
