import { batchMediaType, encodeJson, eventMediaType } from '@fanfare/cloudevents';
import { type Caller, type Reply, writeCursor } from '@fanfare/service-kit';
import type { LogEvent } from '@fanfare/storage';
import { toCloudEvent, toEventRecord, type Processing } from './event-record';
import { chooseMediaType } from './negotiate';
import { maskEvent, seesAll } from '../privacy/mask';
import type { Walk } from './walk-events';

/** What observers have done with events, in their order. */
export type FindProcessing = (events: readonly LogEvent[]) => Promise<readonly Processing[]>;

const jsonMediaType = 'application/json';
const mediaTypes = [jsonMediaType, batchMediaType, eventMediaType] as const;

/** A page ends early when it gets longer than this, unless it is a single event. */
const maxPageLength = 16 * 2 ** 20;

const unknownProcessing: Processing = { isProcessed: false, processedAt: null };

/** What an answer with events is made of. */
export interface EventPage {
  readonly events: Walk;
  readonly limit: number;
  /** The key of the cursor after an event. */
  readonly keyOf: (event: LogEvent) => number | null;
}

interface AskedFor {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly caller: Pick<Caller, 'roles'>;
}

/** Makes the answers that show events, as records or as CloudEvents, whichever the client takes. */
export function createEventReplies(findProcessing: FindProcessing) {
  async function encodeRecords(events: readonly LogEvent[]): Promise<readonly string[]> {
    const processing = await findProcessing(events);
    return events.map((event, index) =>
      JSON.stringify(toEventRecord(event, processing[index] ?? unknownProcessing)),
    );
  }

  const encodeAs = {
    [jsonMediaType]: encodeRecords,
    [batchMediaType]: encodeCloudEvents,
    [eventMediaType]: encodeCloudEvents,
  };

  function encoderFor(type: (typeof mediaTypes)[number], caller: AskedFor['caller']) {
    const encode = encodeAs[type];
    return seesAll(caller) ? encode : (events: readonly LogEvent[]) => encode(events.map(maskEvent));
  }

  return {
    async replyWithEvent(event: LogEvent, { headers, caller }: AskedFor): Promise<Reply> {
      const type = chooseMediaType(headers['accept'], mediaTypes);
      const [text = ''] = await encoderFor(type, caller)([event]);
      return toReply(type, type === batchMediaType ? `[${text}]` : text);
    },

    async replyWithPage(
      { events, limit, keyOf }: EventPage,
      { url, headers, caller }: AskedFor,
    ): Promise<Reply> {
      const type = chooseMediaType(headers['accept'], mediaTypes);
      const { texts, last } = await fillPage(events, limit, encoderFor(type, caller));
      const cursor = last ? writeCursor(String(keyOf(last))) : null;
      const list = `[${texts.join(',')}]`;
      const link = cursor === null ? undefined : { link: `<${toNextUrl(url, cursor)}>; rel="next"` };
      return type === jsonMediaType
        ? toReply(type, `{"events":${list},"next_cursor":${JSON.stringify(cursor)}}`, link)
        : toReply(batchMediaType, list, link);
    },
  };
}

export type EventReplies = ReturnType<typeof createEventReplies>;

function toReply(type: string, text: string, headers?: Readonly<Record<string, string>>): Reply {
  return {
    status: 200,
    text,
    headers: { 'content-type': `${type}; charset=utf-8`, vary: 'accept', ...headers },
  };
}

function encodeCloudEvents(events: readonly LogEvent[]): Promise<readonly string[]> {
  return Promise.resolve(events.map((event) => encodeJson(toCloudEvent(event))));
}

/** Takes events until the page is full; `last` is that of a page which has a next one. */
async function fillPage(
  walk: Walk,
  limit: number,
  encode: (events: readonly LogEvent[]) => Promise<readonly string[]>,
): Promise<{ readonly texts: readonly string[]; readonly last?: LogEvent | undefined }> {
  const texts: string[] = [];
  let length = 0;
  let last: LogEvent | undefined;
  for await (const events of walk) {
    const wanted = events.slice(0, limit - texts.length);
    for (const [index, text] of (await encode(wanted)).entries()) {
      length += text.length;
      if (length > maxPageLength && texts.length > 0) return { texts, last };
      texts.push(text);
      last = wanted[index];
    }
    if (wanted.length < events.length) return { texts, last };
  }
  return { texts };
}

/** The same request for the page that follows. */
function toNextUrl(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.delete('offset');
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
