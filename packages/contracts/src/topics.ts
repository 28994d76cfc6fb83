/** The flows of events between services, in the order in which they are documented. */
export const topicNames = ['orders', 'notifications', 'mediator', 'privacy', 'system', 'audit'] as const;
export type Topic = (typeof topicNames)[number];

/** Flows to which every service adds. On the bus each service has one of its own, with its own log and sequences. */
export const sharedTopicNames = ['system', 'audit'] as const satisfies readonly Topic[];
export type SharedTopic = (typeof sharedTopicNames)[number];

/** The services that add to shared topics, by the names that their topics bear whatever the services call themselves. */
export const reportingServices = [
  'order-service',
  'analytics-service',
  'event-store',
  'mediator',
  'notification-worker',
] as const;
export type ReportingService = (typeof reportingServices)[number];

/** What a topic carries and which service writes it. */
export interface TopicDescription {
  readonly summary: string;
  readonly producer: string;
}

export const topics: Readonly<Record<Topic, TopicDescription>> = {
  orders: { summary: 'What happens to orders.', producer: 'order-service' },
  notifications: { summary: 'What became of notifications.', producer: 'notification-worker' },
  mediator: { summary: 'Mediators, their colleagues, and what happens in them.', producer: 'mediator' },
  privacy: { summary: 'Whom to forget.', producer: 'event-store' },
  system: { summary: 'What concerns the running of all services.', producer: 'every service' },
  audit: { summary: 'Who changed what, and who tried to.', producer: 'every service' },
};

/** Whether every service adds to a topic, instead of one. */
export function isSharedTopic(topic: Topic): topic is SharedTopic {
  return sharedTopicNames.some((shared) => shared === topic);
}

/** One service's part of a shared topic, as the bus, the topic log and the feed call it: `audit-order-service`. */
export function topicOfService(topic: SharedTopic, service: string): string {
  return `${topic}-${service}`;
}

/** Whether a topic of the bus is a part of a shared one. */
export function isTopicOfService(name: string): boolean {
  return sharedTopicNames.some((shared) => name.startsWith(`${shared}-`));
}
