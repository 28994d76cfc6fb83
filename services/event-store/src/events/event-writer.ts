import { isJsonMediaType, type CloudEvent } from '@fanfare/cloudevents';
import { AppError } from '@fanfare/core';
import type { AppendAnswer, AppendRequest } from '@fanfare/storage';
import { createLimitedAppend, type EventLimits, type EventLimitsDeps } from './event-limits';

/** The way of every part of the service into the log. */
export interface EventWriter {
  /**
   * As `EventLog.append`, with its errors. Throws `LimitReached` and `DataTooLarge` beyond what the service was set to
   * take; an append that is there already gets its first answer nevertheless.
   */
  append(request: AppendRequest): Promise<AppendAnswer>;
}

/** The data of an event is longer than the service takes. */
export class DataTooLarge extends AppError {
  override readonly name = 'DataTooLarge';

  constructor(eventId: string, maxBytes: number) {
    super('invalid', `the data of event ${eventId} is longer than ${maxBytes} bytes`);
  }
}

export interface EventWriterDeps extends EventLimitsDeps {
  readonly limits: EventLimits & { readonly maxEventDataBytes: number };
}

export function createEventWriter(deps: EventWriterDeps): EventWriter {
  const { maxEventDataBytes } = deps.limits;
  const append = createLimitedAppend(deps);
  return {
    async append(request) {
      for (const event of request.appends.flatMap(({ events }) => events)) {
        if (dataBytesOf(event) > maxEventDataBytes) throw new DataTooLarge(event.id, maxEventDataBytes);
      }
      return append(request);
    },
  };
}

/** JSON data counts as JSON without whitespace, which is how the log keeps it. */
function dataBytesOf({ id, data, datacontenttype }: CloudEvent): number {
  if (data === undefined) return 0;
  if (data instanceof Uint8Array) return data.byteLength;
  const isText =
    typeof data === 'string' && datacontenttype !== undefined && !isJsonMediaType(datacontenttype);
  try {
    return Buffer.byteLength(isText ? data : JSON.stringify(data));
  } catch (cause) {
    // what can be parsed can be nested more deeply than what can be written
    throw new AppError('invalid', `the data of event ${id} is no JSON value`, { cause });
  }
}
