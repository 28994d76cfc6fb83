import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { CloudEvent } from '../event/cloud-event';
import type { Outcome } from './outcome';
import type { Refusal } from './refusal';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
}

const minimalApplied = { 'preference-applied': 'return=minimal' };
const problemType = 'application/problem+json; charset=utf-8';

/** Says why not, as RFC 9457 has it; `problems` names each attribute of an invalid event. */
export function problemAnswer({ status, detail, extra }: Refusal, members: object = {}): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  const { headers, problems } = extra;
  return {
    status,
    headers: { 'content-type': problemType, ...headers },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, problems, ...members }),
  };
}

/** Answers for one event. */
export function eventAnswer({ status, reply, refusal }: Outcome): Answer {
  if (refusal) return problemAnswer(refusal);
  return { status, headers: reply?.headers, body: reply?.body };
}

/**
 * Answers for a batch, event by event: 200 when all were taken, 207 when only some were. When all were refused with the
 * same status, that status, so that a sender that knows nothing of the list does not take them for delivered. All that
 * were taken alike need no list for a sender that prefers a minimal answer: their status is that of the answer.
 */
export function batchAnswer(
  events: readonly CloudEvent[],
  outcomes: readonly Outcome[],
  isMinimal = false,
): Answer {
  const [first] = outcomes;
  const areAlike = outcomes.every(({ status }) => status === first?.status);
  if (isMinimal && areAlike && first && !first.refusal)
    return { status: first.status, headers: minimalApplied };
  const results = outcomes.map(({ status, refusal }, index) => ({
    id: events[index]?.id,
    source: events[index]?.source,
    status,
    detail: refusal?.detail,
  }));
  if (first?.refusal && areAlike) {
    return problemAnswer(first.refusal, { results });
  }
  const refusals = outcomes.flatMap(({ refusal }) => refusal ?? []);
  const later = refusals.find(({ extra }) => extra.headers?.['retry-after'] !== undefined);
  return {
    status: refusals.length > 0 ? 207 : 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...later?.extra.headers },
    body: JSON.stringify({ results }),
  };
}

/** Sends an answer, unless the sender has gone. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  const list: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) list.push(name, value);
  }
  if (status !== 204) list.push('content-length', String(body === undefined ? 0 : Buffer.byteLength(body)));
  response.writeHead(status, list);
  response.end(body);
}
