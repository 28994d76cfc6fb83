/** What the parts of a mediator are to each other, and with that which routes it has. */
export const mediatorKinds = [
  'message',
  'event',
  'command',
  'query',
  'notification',
  'workflow',
  'service',
  'resource',
  'task',
  'job',
] as const;
export type MediatorKind = (typeof mediatorKinds)[number];

/** A named coordinator. */
export interface Mediator {
  /** Stands for this mediator in every table, and for no later one of the same name. */
  readonly key: number;
  readonly name: string;
  readonly kind: MediatorKind;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
