import { isTopicOfService, topicOfService, type CloudEvent, type SharedTopic } from '@fanfare/contracts';
import { toError, type Clock } from '@fanfare/core';
import { createRelay, createRetention, createTopicLog } from '@fanfare/messaging';
import { createAuditCalls, type AuditOf } from '../audit/audit-calls';
import { limitRate } from '../audit/limit-rate';
import type { CreatedService } from '../hosting/create-service';
import type { Reporting } from '../hosting/service';
import { pathOf } from '../http/problem';
import type { HttpRequest } from '../http/request';
import { watchPublishing } from './await-publishing';
import { createOutbox } from './outbox';
import type { ReportOptions } from './report-settings';
import { summarise } from './summarise';
import { createSystemReports } from './system-reports';

/** A service that tells the event store who changed what in it, and how it goes. */
export interface Reports {
  /** With what the reports need: their topic logs and workers. */
  readonly created: CreatedService;
  /** Undefined when nothing is audited. */
  readonly auditOf: AuditOf | undefined;
  startedUp(): void;
  readonly requestFailed: (request: Pick<HttpRequest, 'shownUrl' | 'trace'>, error: unknown) => void;
  readonly workerFailed: (worker: string, error: unknown) => void;
  /** Tells of an error after which the process ends; resolves when that is kept, or cannot be soon. */
  uncaught(error: unknown): Promise<void>;
  /** Says that the service stops, and gives that some time to reach the bus. */
  shutDown(): Promise<void>;
}

/** Beyond so many a second refused calls are counted, not audited. */
const refusedPerSecond = 100;
const lossLogEveryMs = 1_000;
/** What has not left by then is published at the next start. */
const lastWordsMs = 500;
/** Reports wake their relay; it looks around only for those of a process that was killed. */
const pollMs = 1_000;

interface ReportDeps {
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Adds reporting to a service that offers a place for it. */
export function addReports(
  created: CreatedService,
  options: ReportOptions | undefined,
  deps: ReportDeps,
): Reports {
  const { reporting } = created.service;
  if (!options || !reporting) {
    if (options?.auditing)
      created.logger.warn('calls of this service are not audited: it has no way to tell of them');
    return silent(created);
  }
  return createReports(created, reporting, options, deps);
}

function silent(created: CreatedService): Reports {
  const nothing = () => Promise.resolve();
  return {
    created,
    auditOf: undefined,
    startedUp: () => undefined,
    requestFailed: () => undefined,
    workerFailed: () => undefined,
    uncaught: nothing,
    shutDown: nothing,
  };
}

function createReports(
  created: CreatedService,
  reporting: Reporting,
  { auditing, keepMs }: ReportOptions,
  { clock, newId }: ReportDeps,
): Reports {
  const { service, logger } = created;
  const onLost = createLosses(created, clock);
  const ways = (['system', 'audit'] as const).map((topic) =>
    createWay(topic, { created, reporting, clock, newId, onLost }),
  );
  const [system, audit] = ways as [Way, Way];
  const { database } = reporting;
  const retention = createRetention({
    database,
    clock,
    keepMs,
    isMine: isTopicOfService,
    // the events of the service's own work are remembered for as long as these say
    prunesInbox: false,
  });
  const reports = createSystemReports({ write: system.write, service: reporting.service, clock, newId });
  const mayPass = limitRate(refusedPerSecond, clock);
  const auditOf = createAuditCalls({
    write: audit.write,
    mayWriteRefused() {
      const may = mayPass();
      if (!may) onLost('audit', 'refused calls came too fast');
      return may;
    },
    source: `/${reporting.service}`,
    clock,
    newId,
    logger,
  });
  if (auditing) created.connectAudit(auditOf);
  return {
    created: {
      ...created,
      service: {
        ...service,
        topicLogs: [...service.topicLogs, ...ways.map(({ topicLog }) => topicLog)],
        workers: [
          ...service.workers,
          ...ways.flatMap(({ workers }) => workers),
          { ...retention, name: 'retention of reports' },
        ],
        async prepare() {
          await service.prepare();
          for (const { topicLog } of ways) await topicLog.prepare();
        },
      },
    },
    auditOf: auditing ? auditOf : undefined,
    startedUp: () => void reports.startedUp(),
    requestFailed(request, error) {
      reports.failed({
        what: `a request for ${pathOf(request.shownUrl)} failed`,
        error,
        trace: request.trace,
      });
    },
    workerFailed(worker, error) {
      reports.failed({ what: `worker ${worker} failed`, error });
    },
    uncaught: (error) =>
      reports.failedForGood({ what: 'an error that nobody caught ends the process', error }),
    async shutDown() {
      await reports.shutDown();
      const patience = new AbortController();
      const published = Promise.all(ways.map((way) => way.allPublished()));
      await Promise.race([published, clock.sleep(lastWordsMs, patience.signal)]);
      patience.abort();
    },
  };
}

type Way = ReturnType<typeof createWay>;

interface WayDeps extends ReportDeps {
  readonly created: CreatedService;
  readonly reporting: Reporting;
  readonly onLost: OnLost;
}

/** The service's own part of a shared topic: its log, who writes it and who publishes it. */
function createWay(topic: SharedTopic, { created, reporting, clock, newId, onLost }: WayDeps) {
  const { database, service } = reporting;
  const topicLog = createTopicLog({ database, clock, topic: topicOfService(topic, service) });
  const { bus, allPublished } = watchPublishing(reporting.bus, topicLog);
  const observer = created.messagingObserver;
  const relay = createRelay({ database, topicLog, bus, clock, newId, observer, pollMs });
  const outbox = createOutbox({
    database,
    topicLog,
    clock,
    onLost(event, error) {
      onLost(topic, toError(error).message, event);
    },
  });
  return { topicLog, allPublished, write: outbox.write, workers: [outbox.worker, relay] };
}

type OnLost = (topic: SharedTopic, why: string, event?: CloudEvent) => void;

/** Counts reports that are lost, and logs, no more often than people can read, the last of them. */
function createLosses({ metrics, logger }: CreatedService, clock: Clock): OnLost {
  const lost = metrics.counter<'topic'>({
    name: 'reports_lost_total',
    help: 'Audit entries and system events that were given up.',
    labels: ['topic'],
  });
  const losses = summarise<{ why: string; event: CloudEvent | undefined }>(
    clock,
    lossLogEveryMs,
    (last, count) => {
      logger.error({ ...last, count }, 'reports were lost');
    },
  );
  return (topic, why, event) => {
    lost.inc({ topic });
    losses.add({ why, event });
  };
}
