import { createWakeUp, type Clock } from '@fanfare/core';
import type { EncodedSummary } from './summary';
import type { SummaryWatch } from './summary-watch';

export interface SummaryStreamOptions {
  readonly first: EncodedSummary;
  readonly watch: Pick<SummaryWatch, 'latest' | 'onChange'>;
  readonly clock: Clock;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

const heartbeatMs = 15_000;
const heartbeat = ': nothing new\n\n';

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `first`, then the newest summary
 * after each change. Nothing is queued for a client that reads slowly: when it is ready it gets the newest, and what
 * was in between is left out. Comments keep the connection alive when nothing changes.
 */
export async function* streamSummaries(options: SummaryStreamOptions): AsyncGenerator<string> {
  const { first, watch, clock, signal } = options;
  const wakeUp = createWakeUp(clock);
  const stopListening = watch.onChange(wakeUp.wake);
  try {
    let sent = first;
    yield toEvent(sent);
    let quietSinceMs = clock.elapsedMs();
    for (;;) {
      await wakeUp.wait(quietSinceMs + heartbeatMs - clock.elapsedMs(), signal);
      if (signal.aborted) return;
      const latest = watch.latest();
      if (latest && latest.version > sent.version) {
        sent = latest;
        yield toEvent(sent);
      } else if (clock.elapsedMs() >= quietSinceMs + heartbeatMs) {
        yield heartbeat;
      } else {
        continue;
      }
      quietSinceMs = clock.elapsedMs();
    }
  } finally {
    stopListening();
  }
}

function toEvent({ version, text }: EncodedSummary): string {
  return `id: ${version}\nevent: summary\ndata: ${text}\n\n`;
}
