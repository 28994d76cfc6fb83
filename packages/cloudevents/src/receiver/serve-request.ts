import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock } from '@fanfare/core';
import { detectMode } from '../codecs/content-mode';
import { decodeHttp, type DecodedHttp } from '../codecs/http';
import type { CloudEvent } from '../event/cloud-event';
import { problemAnswer, sendAnswer, type Answer } from './answer';
import type { AnswerEvents } from './answer-events';
import { createCheckSignature, type CheckSignatureOptions } from './check-signature';
import { readBody } from './read-body';
import { readHeaders } from './read-headers';
import { ReceivedRequest } from './received-request';
import type { ReceiverLimits, ReceiverOptions, Unauthorised } from './receiver-options';
import { Refusal, retryAfter, toRefusal } from './refusal';
import type { WorkQueue } from './work-queue';

export interface ServeRequestDeps
  extends CheckSignatureOptions, Pick<ReceiverOptions, 'authenticate' | 'handshake'> {
  /** The filter, if there is one; who handles events knows it too. */
  readonly passes: ((event: CloudEvent) => boolean) | undefined;
  readonly answerEvents: AnswerEvents;
  readonly queue: Pick<WorkQueue, 'isFull'>;
  readonly limits: ReceiverLimits;
  /** Of the signals that handlers have asked for. */
  readonly controllers: Set<AbortController>;
  readonly isStopping: () => boolean;
  readonly report: (error: unknown) => void;
  readonly clock: Clock;
}

/** The way of a request: look at its head, read its body, decode, have its events handled, answer. */
export function createServeRequest(deps: ServeRequestDeps): RequestListener {
  const { authenticate, handshake, passes, answerEvents, queue } = deps;
  const { limits, controllers, isStopping, report, clock } = deps;
  const checkSignature = createCheckSignature(deps);
  const allow = { allow: handshake ? 'OPTIONS, POST' : 'POST' };

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const headers = readHeaders(request.rawHeaders, limits.headers);
    if (request.method === 'OPTIONS' && handshake) return handshake.answer(headers);
    if (request.method !== 'POST') throw new Refusal(405, 'events are sent with POST', { headers: allow });
    if (handshake?.admits(headers) === false) throw new Refusal(403, 'this origin may not send here');
    if (authenticate) refuseUnlessOk(await authenticate(request));
    const body = await readBody(request, headers, limits.bodyBytes);
    const checkCovered = checkSignature(headers, body);
    if (queue.isFull()) throw tooBusy;
    const decoded = decode(headers, body);
    checkCovered(decoded);
    const { mode, events } = decoded;
    return answerEvents(events, new ReceivedRequest(headers, mode, response, controllers));
  }

  function decode(headers: Readonly<Record<string, string>>, body: Uint8Array): DecodedHttp {
    if (passes && detectMode(headers['content-type'] ?? '') === 'binary') {
      const withoutData = decodeHttp(headers, noBody);
      // goes on like this, so data that nobody wants is never parsed
      if (!withoutData.events.every(passes)) return withoutData;
    }
    return decodeHttp(headers, body);
  }

  /** Some senders stop sending when they have their answer, and then neither finish the request nor hang up. */
  function awaitRest(request: IncomingMessage): void {
    const { socket } = request;
    const limit = clock.setTimer(refusedBodyMs, () => {
      socket.destroy();
    });
    request.once('close', () => {
      limit.cancel();
      // node closed what was idle when it was told to stop, and does not look again
      if (isStopping()) socket.end();
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = await receive(request, response);
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.status >= 500 && refusal !== tooBusy) report(error);
      answer = problemAnswer(refusal);
      response.once('finish', () => {
        if (!request.complete) awaitRest(request);
      });
    }
    if (isStopping()) response.shouldKeepAlive = false;
    sendAnswer(response, answer);
  }

  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      report(error);
      response.destroy();
    });
  };
}

/** A sender that is still sending when it is refused has so long to see the answer. */
const refusedBodyMs = 2_000;

const noBody = new Uint8Array();

const tooBusy = new Refusal(503, 'as many events are waiting as the receiver takes, try again shortly', {
  headers: retryAfter(1_000),
});

function refuseUnlessOk(verdict: 'ok' | Unauthorised): void {
  if (verdict === 'ok') return;
  const { status, detail, headers } = verdict;
  throw new Refusal(status, detail, {
    headers: { ...(status === 401 && { 'www-authenticate': 'Bearer' }), ...headers },
  });
}
