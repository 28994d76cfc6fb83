import type { Failure } from '../../failure';
import type { TryDue } from '../../retry-policy';

/** See the contract, §7, "States". */
export const serviceStatuses = ['stopped', 'starting', 'running', 'stopping', 'failed'] as const;
export type ServiceStatus = (typeof serviceStatuses)[number];

export const verbs = ['start', 'stop'] as const;
export type Verb = (typeof verbs)[number];

export type Health = 'healthy' | 'unhealthy' | 'unknown';

/** A command that is with the handler of a service, or will be again. */
export interface ServiceCommand {
  readonly id: string;
  /** Tries that have begun. */
  readonly attempts: number;
  /** What comes by itself: the end of the try under way, or the next try. */
  readonly due: TryDue;
}

/** A program that is registered with its mediator. */
export interface RegisteredService {
  readonly id: string;
  readonly name: string;
  readonly type: string | null;
  /** Ids of services without which it cannot run. */
  readonly dependencies: readonly string[];
  readonly handlerId: string | null;
  readonly heartbeatTimeoutMs: number;
  readonly metrics: Readonly<Record<string, unknown>> | null;
  readonly lastHeartbeat: Date | null;
  readonly status: ServiceStatus;
  readonly command: ServiceCommand | null;
  readonly startTime: Date | null;
  readonly stopTime: Date | null;
  /** Of the last start or stop that failed, until one succeeds. */
  readonly error: Failure | null;
}

const moves = {
  start: { from: ['stopped', 'failed'], during: 'starting', to: 'running' },
  stop: { from: ['running', 'failed'], during: 'stopping', to: 'stopped' },
} as const satisfies Record<Verb, Readonly<Record<string, ServiceStatus | readonly ServiceStatus[]>>>;

/** Whether nothing is left to do, or somebody does it already. */
export function isDone(verb: Verb, status: ServiceStatus): boolean {
  return status === moves[verb].to || status === moves[verb].during;
}

/** Whether a service in this state may be started, or stopped. */
export function mayBegin(verb: Verb, status: ServiceStatus): boolean {
  const from: readonly ServiceStatus[] = moves[verb].from;
  return from.includes(status);
}

export function begin(service: RegisteredService, verb: Verb): RegisteredService {
  return { ...service, status: moves[verb].during };
}

/** It is as `verb` wanted it. */
export function succeed(service: RegisteredService, verb: Verb, at: Date): RegisteredService {
  const done = { ...service, status: moves[verb].to, command: null, error: null };
  return verb === 'start' ? { ...done, startTime: at } : { ...done, stopTime: at };
}

export function fail(service: RegisteredService, error: Failure): RegisteredService {
  return { ...service, status: 'failed', command: null, error };
}

/** The verb under way. */
export function verbOf({ status }: Pick<RegisteredService, 'status'>): Verb | null {
  return verbs.find((verb) => moves[verb].during === status) ?? null;
}

/** How a service is as far as is heard of it: that it was silent for longer than it may be is known without a timer. */
export function healthOf(
  { lastHeartbeat, heartbeatTimeoutMs }: Pick<RegisteredService, 'lastHeartbeat' | 'heartbeatTimeoutMs'>,
  now: Date,
): Health {
  if (lastHeartbeat === null) return 'unknown';
  return now.getTime() - lastHeartbeat.getTime() > heartbeatTimeoutMs ? 'unhealthy' : 'healthy';
}
