import type { Failure } from '../failure';

/** Failures that the mediator itself finds, wherever `error` stands. */
export const failures = {
  expired: { code: 'expired', message: 'its time was over before it was received', retryable: false },
  timeout: { code: 'timeout', message: 'no answer came in time', retryable: true },
  unregistered: {
    code: 'colleague-unregistered',
    message: 'the colleague was unregistered',
    retryable: true,
  },
  removed: { code: 'mediator-removed', message: 'the mediator was removed', retryable: false },
  /** Of a recipient that did not say more. */
  failed: { code: 'failed', message: 'the recipient gave no reason', retryable: true },
} as const satisfies Readonly<Record<string, Failure>>;
