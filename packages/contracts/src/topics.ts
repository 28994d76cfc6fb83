/** The flows of events between services, in the order in which they are documented. */
export const topicNames = ['orders', 'notifications', 'mediator', 'system', 'audit'] as const;
export type Topic = (typeof topicNames)[number];

/** What a topic carries and which service writes it. */
export interface TopicDescription {
  readonly summary: string;
  readonly producer: string;
}

export const topics: Readonly<Record<Topic, TopicDescription>> = {
  orders: { summary: 'What happens to orders.', producer: 'order-service' },
  notifications: { summary: 'What became of notifications.', producer: 'notification-worker' },
  mediator: { summary: 'Mediators, their colleagues, and what happens in them.', producer: 'mediator' },
  system: { summary: 'What concerns the running of all services.', producer: 'every service' },
  audit: { summary: 'Who changed what, and who tried to.', producer: 'every service' },
};
