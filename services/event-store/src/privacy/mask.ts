import { isDeepStrictEqual } from 'node:util';
import type { CloudEvent } from '@fanfare/cloudevents';
import { sensitiveFields } from '@fanfare/contracts';
import type { Caller } from '@fanfare/service-kit';
import type { LogEvent } from '@fanfare/storage';
import type { Tail } from '../live/tail';

const maskText = '***';
const masked = new WeakMap<LogEvent, LogEvent>();

/** Whether a caller gets to see sensitive fields as they are. */
export function seesAll({ roles }: Pick<Caller, 'roles'>): boolean {
  return roles.has('operator');
}

/** An answer as a caller may see it: others than operators get `***` in place of what is sensitive, wherever it stands. */
export function maskFor<Body>(caller: Pick<Caller, 'roles'>, body: Body): Body {
  // a text stands where a text stood, or where nothing is said of what stands there
  return seesAll(caller) ? body : (maskValue(body) as Body);
}

/** An event as those see it who do not see all; the same object where there is nothing to mask. */
export function maskEvent(logged: LogEvent): LogEvent {
  let shown = masked.get(logged);
  if (!shown) {
    const event = maskCloudEvent(logged.event);
    shown = event === logged.event ? logged : { ...logged, event };
    masked.set(logged, shown);
  }
  return shown;
}

/** Whether those who do not see all can tell two events apart. */
export function looksSame(one: CloudEvent, other: CloudEvent): boolean {
  // as JSON knows nothing of what is undefined
  const [shown, otherShown] = [one, other].map((event): unknown =>
    JSON.parse(JSON.stringify(maskCloudEvent(event))),
  );
  return isDeepStrictEqual(shown, otherShown);
}

/** The log as those follow it who do not see all: filters see no more of it either, or one could guess by them. */
export function maskTail(tail: Pick<Tail, 'follow'>): Pick<Tail, 'follow'> {
  return {
    async *follow(position, signal) {
      for await (const events of tail.follow(position, signal)) yield events.map(maskEvent);
    },
  };
}

function maskCloudEvent(event: CloudEvent): CloudEvent {
  const data = maskValue(event.data);
  const metadata = maskMetadata(event['metadata']);
  if (data === event.data && metadata === event['metadata']) return event;
  return { ...event, data, ...(metadata !== undefined && { metadata }) };
}

/** The same value where nothing in it is sensitive. */
function maskValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(maskValue);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value);
  const shown = entries.map(([name, field]) => [name, maskField(name, field)] as const);
  return shown.some(([, field], index) => field !== entries[index]?.[1]) ? Object.fromEntries(shown) : value;
}

function maskField(name: string, field: unknown): unknown {
  return sensitiveFields.has(name) && field != null ? maskText : maskValue(field);
}

/** Free metadata travels as a JSON text. */
function maskMetadata(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    const metadata: unknown = JSON.parse(text);
    const shown = maskValue(metadata);
    return shown === metadata ? text : JSON.stringify(shown);
  } catch {
    return text;
  }
}
