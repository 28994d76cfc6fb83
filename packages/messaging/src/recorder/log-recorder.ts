import type { EventLog } from '@fanfare/storage';
import { createPipeline, type Consumer, type PipelineOptions } from '../consumer/pipeline';
import type { StreamOf } from './log-appends';
import { createLogDestination } from './log-destination';

export interface LogRecorderOptions extends PipelineOptions {
  readonly eventLog: EventLog;
  readonly streamOf: StreamOf;
}

/**
 * A consumer that appends every event of its topic to an event log, in the order of the topic. Each stands there once:
 * the cursor moves in the same append, and the log knows a foreign event by its id. What the log refuses for good is a
 * dead letter in the database at once; to redrive it appends it.
 */
export function createLogRecorder(options: LogRecorderOptions): Consumer {
  return createPipeline(options, (parked) => createLogDestination({ ...options, parked }));
}
