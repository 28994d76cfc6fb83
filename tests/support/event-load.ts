import { eventually } from '@fanfare/core/testing';

/** An event that a writer has an answer for. */
export interface AcceptedEvent {
  readonly id: string;
  readonly position: number;
}

/** What the writers saw. */
export interface EventLoadResult {
  readonly accepted: readonly AcceptedEvent[];
  /** Statuses of answers that were no 2xx, each once. */
  readonly refusals: readonly number[];
}

export interface EventLoad {
  readonly acceptedSoFar: () => number;
  readonly refusedSoFar: () => number;
  /** Publishes nothing new, repeats what has no answer yet until it has one, and tells what happened. */
  stop(): Promise<EventLoadResult>;
}

const subjectsOfEach = 3;

/**
 * Publishes events, each writer the next when it has its answer; one without an answer, or refused, is sent again under
 * its id. Half of the writers append to aggregates. Each writes its own few subjects.
 */
export function startEventLoad(urls: readonly string[], run: string, writers = 4): EventLoad {
  const accepted: AcceptedEvent[] = [];
  const refusals = new Set<number>();
  let refused = 0;
  let sent = 0;
  let isStopping = false;

  async function send(route: string, event: object): Promise<AcceptedEvent | null> {
    sent += 1;
    try {
      const response = await fetch(`${urls[sent % urls.length] ?? ''}/api/v1${route}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(15_000),
      });
      const body = (await response.json()) as AcceptedEvent;
      if (response.ok) return { id: body.id, position: body.position };
      refusals.add(response.status);
      refused += 1;
    } catch {
      // no answer, or half of one: nobody knows what became of the event
    }
    return null;
  }

  async function write(writer: number): Promise<void> {
    for (let n = 0; !isStopping; n += 1) {
      const subject = `${run}-${writer}-${n % subjectsOfEach}`;
      const event = { id: `${run}-${writer}-event-${n}`, type: 'custom', data: { n } };
      const [route, body] =
        writer % 2 === 0
          ? ['/events', { ...event, subject }]
          : ['/events/publish', { ...event, aggregate_id: subject, aggregate_type: 'custom' }];
      let answer = await send(route, body);
      while (!answer) {
        // what is away needs room to come back, and so does the machine
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await send(route, body);
      }
      accepted.push(answer);
    }
  }

  const loops = Array.from({ length: writers }, (_, writer) => write(writer));
  return {
    acceptedSoFar: () => accepted.length,
    refusedSoFar: () => refused,
    async stop() {
      isStopping = true;
      await Promise.all(loops);
      return { accepted, refusals: [...refusals] };
    },
  };
}

/** Resolves when so many more events than now were accepted. */
export async function untilMoreAccepted(load: EventLoad, more: number): Promise<void> {
  const enough = load.acceptedSoFar() + more;
  await eventually(
    () => {
      expect(load.acceptedSoFar()).toBeGreaterThanOrEqual(enough);
    },
    { timeoutMs: 60_000 },
  );
}
