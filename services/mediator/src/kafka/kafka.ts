import {
  createEventStream,
  createReceiverInbox,
  createRelay,
  createTopicLog,
  followRecords,
  openRecordProducer,
  type Consumer,
  type TopicLog,
} from '@fanfare/messaging';
import type { Pingable, Resources, Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { AuditByPath } from '../audit-by-path';
import { createAuditCommands } from './audit-commands';
import { createCommandActions, type CommandActionsDeps } from './command-actions';
import { createExecuteCommand } from './execute-command';
import { createFollowCommands } from './follow-commands';

/** Topics of Kafka, and the consumer group in which the instances share the commands. */
const eventsTopic = 'mediator-events';
const commandsTopic = 'mediator-commands';
const responsesTopic = 'mediator-responses';
const group = 'mediator-service';

export type KafkaDeps = CommandActionsDeps & {
  readonly resources: Resources;
  /** The service's. */
  readonly name: string;
  readonly database: Database;
  /** Of topic `mediator`. */
  readonly topicLog: TopicLog;
  readonly auditByPath: AuditByPath;
};

/** What the service does with Kafka. */
export interface Kafka {
  prepare(): Promise<void>;
  readonly topicLogs: readonly TopicLog[];
  readonly consumers: readonly Consumer[];
  readonly workers: readonly Worker[];
  /** Names of its relays of topics that others publish, too. */
  readonly otherRelays: Readonly<Record<string, readonly string[]>>;
  readonly checks: Readonly<Record<string, Pingable>>;
}

const none: Kafka = {
  prepare: () => Promise.resolve(),
  topicLogs: [],
  consumers: [],
  workers: [],
  otherRelays: {},
  checks: {},
};

/** Tells what happens in mediators to the Kafka at `url`, and does what it is told there; `memory:` is no Kafka. */
export function openKafka(url: string, deps: KafkaDeps): Kafka {
  if (url.startsWith('memory:')) return none;
  const { resources, name, database, topicLog } = deps;
  const { clock, newId, logger, messagingObserver: observer } = resources;
  const producer = resources.own(openRecordProducer(url, { clock, name }));
  const responses = createTopicLog({ database, clock, topic: responsesTopic });
  const relayTo = (topic: string, log: TopicLog) =>
    createRelay({
      database,
      clock,
      newId,
      observer,
      name: topic,
      topicLog: log,
      bus: createEventStream(producer, topic),
    });
  const inbox = createReceiverInbox({ database, group, clock });
  const actions = createCommandActions(deps);
  const audit = createAuditCommands(deps.auditByPath, newId);
  const commands = createFollowCommands({
    topic: commandsTopic,
    group,
    database,
    clock,
    observer,
    execute: createExecuteCommand({ actions, inbox, responses, clock, newId, logger, audit }),
    follow: (handle, signal) =>
      followRecords({ url, name, clock, observer, topic: commandsTopic, groupId: group, handle, signal }),
  });
  return {
    prepare: () => responses.prepare(),
    topicLogs: [responses],
    consumers: [commands],
    workers: [relayTo(eventsTopic, topicLog), relayTo(responsesTopic, responses)],
    otherRelays: { [topicLog.topic]: [eventsTopic] },
    checks: { kafka: producer },
  };
}
