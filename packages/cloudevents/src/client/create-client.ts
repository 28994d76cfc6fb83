import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { encodeHttp } from '../codecs/http';
import type { HttpMode } from '../codecs/http-message';
import type { CloudEvent } from '../event/cloud-event';
import type { NewEvent } from '../event/create-event';
import type { SendMetrics } from '../metrics';
import type { CallOptions, Client } from './client';
import { completeEvent } from './complete-event';
import { composeCall, type ComposeOptions, type Parcel } from './compose-call';
import { createHeldClock } from './held-clock';
import { judgeAnswer, toUnsendable } from './judge-answer';
import { measureClient } from './measure-client';
import { createOpenCalls } from './open-calls';
import { readReply } from './read-reply';
import type { Undelivered } from './result';
import { createSendBatch } from './send-batch';
import { createTransport, type Answer, type TransportOptions } from './transport';

export interface ClientOptions extends Partial<TransportOptions>, Partial<ComposeOptions> {
  /** How `send` and `request` lay an event out; `binary` unless given. */
  readonly mode?: HttpMode | undefined;
  /** Makes the ids of events that have none; UUIDv7 unless given. */
  readonly newId?: (() => string) | undefined;
  readonly metrics?: SendMetrics | undefined;
}

/**
 * Makes a client of the receiver at `url`, whose user and password, if any, become basic authorisation.
 *
 * @throws AppError `invalid` for a URL that is malformed, or neither http nor https
 */
export function createClient(url: string | URL, options: ClientOptions = {}): Client {
  const { clock = createSystemClock(), mode = 'binary', timeoutMs = 10_000, metrics } = options;
  const heldClock = createHeldClock(clock);
  const { newId = createIdGenerator(heldClock) } = options;
  const transport = createTransport(url, {
    maxConnections: 50,
    maxResponseBytes: 2 ** 20,
    ...options,
    clock,
  });
  const composing = { ...options, timeoutMs };
  const filling = { clock: heldClock, newId };
  const calls = createOpenCalls();

  async function exchange(pack: () => Parcel, call: CallOptions): Promise<Answer | Undelivered> {
    try {
      return await calls.run(() => {
        const composed = composeCall(pack(), call, composing);
        return composed instanceof Promise
          ? composed.then((ready) => transport.post(ready))
          : transport.post(composed);
      });
    } catch (thrown) {
      return toUnsendable(thrown);
    }
  }
  function complete(event: NewEvent, { traceparent }: CallOptions): CloudEvent {
    return completeEvent(event, traceparent, filling);
  }
  function packOne(event: NewEvent, call: CallOptions): Parcel {
    const whole = complete(event, call);
    const traceparent = call.traceparent ?? readTraceparent(whole);
    return { message: encodeHttp(whole, mode), event: whole, traceparent };
  }

  const client: Client = {
    timeoutMs,
    async send(event, call = {}) {
      const answer = await exchange(() => packOne(event, call), call);
      return answer.outcome === 'answered' ? judgeAnswer(answer, clock.now()) : answer;
    },
    async request(event, call = {}) {
      const answer = await exchange(() => ({ ...packOne(event, call), headers: { prefer: 'reply' } }), call);
      return answer.outcome === 'answered' ? readReply(answer, clock.now()) : { result: answer };
    },
    sendBatch: createSendBatch({ complete, exchange, newId, clock: heldClock }),
    close: () =>
      calls.close(() => {
        transport.close();
      }),
  };
  return metrics ? measureClient(client, metrics, clock) : client;
}

function readTraceparent({ traceparent }: CloudEvent): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}
