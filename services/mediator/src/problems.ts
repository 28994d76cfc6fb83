import { HttpProblem, type FieldError } from '@fanfare/service-kit';

/** The refusals of the contract (§1, "Problems"): each is `/problems/<code>` with the status that belongs to the code. */
const statusOf = {
  invalid: 400,
  'mediator-not-found': 404,
  'colleague-not-found': 404,
  'sender-not-found': 404,
  'recipient-not-found': 404,
  'no-handler': 404,
  'not-found': 404,
  'already-exists': 409,
  'max-mediators-reached': 409,
  'max-colleagues-reached': 409,
  'colleague-not-active': 409,
  'handler-exists': 409,
  'wrong-kind': 409,
  'illegal-transition': 409,
  'stale-token': 409,
  'no-capacity': 409,
  'duplicate-key': 409,
  'too-large': 413,
  timeout: 504,
} as const;

export type ProblemCode = keyof typeof statusOf;

/** Refuses a call for one of the reasons of the contract; `members` are added to the body. */
export function refuse(
  code: ProblemCode,
  detail: string,
  members?: Readonly<Record<string, unknown>>,
): HttpProblem {
  return new HttpProblem(statusOf[code], detail, { code, ...(members && { members }) });
}

/** Refuses input whose fields are each right but do not fit each other, or the state. */
export function refuseInput(errors: readonly FieldError[]): HttpProblem {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new HttpProblem(400, detail, { code: 'invalid', errors });
}
