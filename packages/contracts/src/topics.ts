/** What a topic carries and which service writes it. */
export interface TopicDescription {
  readonly summary: string;
  readonly producer: string;
}

/** The flows of events between services. */
export const topics = {
  orders: { summary: 'What happens to orders.', producer: 'order-service' },
  notifications: { summary: 'What became of notifications.', producer: 'notification-worker' },
  mediator: { summary: 'Mediators, their colleagues and their messages.', producer: 'mediator' },
  system: { summary: 'What concerns the running of all services.', producer: 'every service' },
  audit: { summary: 'Who changed what, and who tried to.', producer: 'every service' },
} as const satisfies Readonly<Record<string, TopicDescription>>;

export type Topic = keyof typeof topics;

/** The topics by name, in the order in which they are documented. */
export const topicNames = Object.keys(topics) as readonly Topic[];
