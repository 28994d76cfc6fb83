import { createDatabaseDestination } from './database-destination';
import type { EventHandler } from './event-handler';
import { createPipeline, type Consumer, type PipelineOptions } from './pipeline';

export interface ConsumerOptions extends PipelineOptions {
  readonly newId: () => string;
  readonly handler: EventHandler;
}

/** A consumer whose effects, follow-up events and cursor commit in one transaction of the group's database. */
export function createConsumer(options: ConsumerOptions): Consumer {
  return createPipeline(options, (parked) => createDatabaseDestination({ ...options, parked }));
}
