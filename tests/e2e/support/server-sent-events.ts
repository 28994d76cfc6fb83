export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

export interface EventStream {
  readonly response: Response;
  /** The next event; comments are passed over. Throws when the stream ends. */
  next(): Promise<ServerSentEvent>;
  close(): Promise<void>;
}

/** Opens a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export async function openEventStream(url: string): Promise<EventStream> {
  const stop = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: stop.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  async function nextBlock(): Promise<string> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        return block;
      }
      const chunk = await reader?.read();
      if (chunk?.value === undefined) throw new Error('the stream has ended');
      text += chunk.value;
    }
  }

  return {
    response,
    async next() {
      for (;;) {
        const event = parseBlock(await nextBlock());
        if (event) return event;
      }
    },
    async close() {
      stop.abort();
      await reader?.cancel().catch(() => undefined);
    },
  };
}

function parseBlock(block: string): ServerSentEvent | undefined {
  const lines = block.split('\n').filter((line) => !line.startsWith(':'));
  const valueOf = (field: string) =>
    lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2);
  const data = valueOf('data');
  return data === undefined ? undefined : { id: valueOf('id'), event: valueOf('event'), data };
}
