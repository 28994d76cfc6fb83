import {
  systemError,
  systemShutdown,
  systemStartup,
  type CloudEvent,
  type TraceContext,
} from '@fanfare/contracts';
import { toError, type Clock } from '@fanfare/core';
import { startSpan } from '../http/trace';
import { hideSecrets } from '../logging/logger';
import { summarise } from './summarise';

/** A failure that needs attention. */
export interface Failure {
  /** What failed, in words. */
  readonly what: string;
  readonly error: unknown;
  /** Of the service; the service itself when it is left out. */
  readonly component?: string;
  /** What it belongs to, such as a request. */
  readonly trace?: TraceContext;
}

export interface SystemReportsDeps {
  readonly write: (event: CloudEvent) => Promise<void>;
  /** `order-service`. */
  readonly service: string;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly newId: () => string;
}

/** What a service tells of its own running. */
export interface SystemReports {
  startedUp(): Promise<void>;
  shutDown(): Promise<void>;
  /** Of failures that come faster than one a second, each second tells of the last, and how many there were. */
  failed(failure: Failure): void;
  /** Tells of a failure that nothing can be put off after; resolves when that is kept. */
  failedForGood(failure: Failure): Promise<void>;
}

const everyMs = 1_000;

export function createSystemReports({ write, service, clock, newId }: SystemReportsDeps): SystemReports {
  const envelope = (trace: TraceContext = newTrace()) => ({
    ...trace,
    id: newId(),
    source: `/${service}`,
    subject: service,
    time: clock.now(),
  });
  const newTrace = () => ({ correlationid: newId(), traceparent: startSpan(undefined).traceparent });

  function writeFailure(
    { what, error, component = service, trace }: Failure,
    level: 'error' | 'fatal',
    count: number,
  ): Promise<void> {
    const { name, message } = toError(error);
    const data = {
      component,
      level,
      message: hideSecrets(`${what}: ${message}`),
      details: { error: name, count },
    };
    return write(systemError.create({ ...envelope(trace), data }));
  }

  const failures = summarise<Failure>(clock, everyMs, (failure, count) => {
    void writeFailure(failure, 'error', count);
  });

  return {
    startedUp: () =>
      write(
        systemStartup.create({
          ...envelope(),
          data: { component: service, level: 'info', message: `${service} is ready` },
        }),
      ),
    shutDown() {
      failures.flush();
      return write(
        systemShutdown.create({
          ...envelope(),
          data: { component: service, level: 'info', message: `${service} stops` },
        }),
      );
    },
    failed: failures.add,
    failedForGood: (failure) => writeFailure(failure, 'fatal', 1),
  };
}
