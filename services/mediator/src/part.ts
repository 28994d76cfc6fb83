import type { TraceContext } from '@fanfare/contracts';
import type { Clock, Tracer } from '@fanfare/core';
import type { Logger, Metrics, Reply, Route, Worker } from '@fanfare/service-kit';
import type { Archive, Database, Transaction } from '@fanfare/storage';
import type { Announce } from './announcements/announce';
import type { MediatorConfig } from './config';
import type { Directory } from './mediators/directory';
import type { MediatorKind } from './mediators/mediator';
import type { Timers } from './timers/timers';
import type { Waiting } from './waiting';
import type { Work } from './work/work';

/** What every part of the service may use. */
export interface PartDeps {
  readonly config: MediatorConfig;
  readonly database: Database;
  /** Where messages and histories go before they are deleted; null where they just go. */
  readonly archive: Archive | null;
  readonly clock: Clock;
  /** Makes UUIDv7 texts. */
  readonly newId: () => string;
  /** 0 up to 1, for jitter. */
  readonly random: () => number;
  /** Begins a trace where no request does. */
  readonly newTrace: () => TraceContext;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Undefined unless traces are on. */
  readonly tracer?: Tracer | undefined;
  readonly directory: Directory;
  readonly work: Work;
  readonly timers: Timers;
  readonly waiting: Waiting;
  readonly announce: Announce;
}

/** An object of a kind that was sent as a message: the same as `POST` on its collection (contract §3). */
export interface CreateByMessage {
  readonly mediator: string;
  /** With `handler_id`, where the message has a recipient. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly trace: TraceContext;
}

/** How many runs of a kind (workflow, job) have a status now; 0 counts too, so that what has gone is not shown for ever. */
export interface RunCount {
  readonly kind: MediatorKind;
  readonly status: string;
  readonly count: number;
}

/** One part of the service, as a plain value that `service.ts` puts together. */
export interface Part {
  readonly routes: readonly Route[];
  readonly workers?: readonly Worker[];
  /** For mediators of these kinds, what a message to the mediator makes. */
  readonly createByMessage?: Partial<Record<MediatorKind, (request: CreateByMessage) => Promise<Reply>>>;
  /** Ends what is open with code `mediator-removed` and deletes what has no end; the mediator is locked. */
  readonly onMediatorRemoved?: (tx: Transaction, mediatorKey: number) => Promise<void>;
  /** Ends what only this colleague could go on with; the mediator is locked. */
  readonly onColleagueUnregistered?: (
    tx: Transaction,
    mediatorKey: number,
    colleagueId: string,
  ) => Promise<void>;
  /** For the metric `mediator_runs`. */
  readonly countRuns?: () => Promise<readonly RunCount[]>;
  /** Deletes up to `limit` objects that ended before `before`; returns how many. */
  readonly prune?: (before: Date, limit: number) => Promise<number>;
}
