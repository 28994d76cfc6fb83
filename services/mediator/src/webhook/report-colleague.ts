import type { Logger } from '@fanfare/service-kit';

/** Says in the log how deliveries to one colleague go: once when they begin to fail, and once when they succeed again. */
export interface ColleagueReport {
  readonly succeeded: () => void;
  /** The colleague did not take a message. */
  readonly failed: (reason: string) => void;
  /** Something of our own went wrong. */
  readonly broke: (error: unknown) => void;
}

export function createColleagueReport(
  logger: Logger,
  fields: { readonly mediator: string; readonly colleague: string },
): ColleagueReport {
  let isFailing = false;
  return {
    succeeded() {
      if (isFailing) logger.info(fields, 'a colleague takes what is posted to it again');
      isFailing = false;
    },
    failed(reason) {
      if (!isFailing) logger.warn({ ...fields, reason }, 'a colleague does not take what is posted to it');
      isFailing = true;
    },
    broke(err) {
      logger.warn({ ...fields, err }, 'messages to a colleague wait for what is needed to deliver them');
    },
  };
}
