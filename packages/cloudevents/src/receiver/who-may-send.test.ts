import type { IncomingMessage } from 'node:http';
import { AppError, createVirtualClock } from '@fanfare/core';
import { createHandshake } from '../webhooks/answer-handshake';
import { createSigner, toWebhookId } from '../webhooks/sign-webhook';
import { createVerifier } from '../webhooks/verify-webhook';
import { expectProblem } from '../testing/expect-problem';
import {
  sampleEventWithData as event,
  toBatch,
  toBinary,
  toStructured,
  useRecordingReceivers,
  type TestRequest,
} from '../testing/use-receivers';

const startRecording = useRecordingReceivers();

describe('authentication', () => {
  const authenticate = ({ headers }: IncomingMessage) => {
    if (headers.authorization === undefined) return { status: 401, detail: 'who are you?' } as const;
    return headers.authorization === 'Bearer good'
      ? 'ok'
      : ({ status: 403, detail: 'you may not', headers: { 'x-reason': 'scope' } } as const);
  };

  it('lets in whom it knows and turns away others', async () => {
    const { send, events } = await startRecording({ authenticate });

    const unknown = await send({});
    const forbidden = await send({}, { authorization: 'Bearer bad' });
    const known = await send({}, { authorization: 'Bearer good' });

    expect(expectProblem(unknown, 401)['detail']).toBe('who are you?');
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
    expect(expectProblem(forbidden, 403)['detail']).toBe('you may not');
    expect(forbidden.headers.get('x-reason')).toBe('scope');
    expect(known.status).toBe(204);
    expect(events).toHaveLength(1);
  });

  it('that cannot be decided now is answered with 503', async () => {
    const onError = jest.fn();
    const { send } = await startRecording({
      authenticate: () => Promise.reject(new AppError('unavailable', 'the directory is away')),
      onError,
    });

    expectProblem(await send({}), 503);

    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe('a signature', () => {
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
  const clock = createVirtualClock();
  const verifier = createVerifier({ secrets, clock });
  const signer = createSigner({ secrets, clock });
  const sign = ({ headers, body }: TestRequest, id: string): TestRequest => ({
    headers: { ...headers, ...signer.sign({ id, body }) },
    body,
  });
  const binary = sign(toBinary(event), 'e-1');
  const altered = (headers: Record<string, string>) => ({
    ...binary,
    headers: { ...binary.headers, ...headers },
  });
  const ofItsOwn = sign(toBinary(event), 'msg_1');
  const structured = sign(toStructured(event), 'msg_1');
  const batch = sign(toBatch([{ id: 'a' }, { id: 'b' }]), 'msg_1');

  it('lets in what was signed, and nothing else', async () => {
    const { request, events } = await startRecording({ verifier });

    expect((await request(structured)).status).toBe(204);
    expectProblem(await request({ ...structured, body: `${structured.body} ` }), 401);
    expectProblem(await request(toStructured(event)), 401);

    expect(events).toHaveLength(1);
  });

  it('of one event lets in no other, though the headers that make it another are not signed', async () => {
    const { request, events } = await startRecording({ verifier });
    const forged = altered({ 'ce-id': 'e-2', 'ce-type': 'order.refunded', 'ce-subject': 'mallory' });

    expect((await request(binary)).status).toBe(204);
    const refused = await request(forged);

    expect(expectProblem(refused, 401)['detail']).toMatch('the signature is for another event');
    expect(refused.headers.get('www-authenticate')).toBe('StandardWebhooks');
    expect(events).toMatchObject([{ id: 'e-1' }]);
  });

  it('is of an event also where the id of that cannot be signed as it is', async () => {
    const { request, events } = await startRecording({ verifier });
    const id = 'e.1';

    expect((await request(sign(toBinary({ ...event, id }), toWebhookId(id)))).status).toBe(204);

    expect(events).toMatchObject([{ id }]);
  });

  it('must be of the event also where a filter keeps it out', async () => {
    const { request } = await startRecording({ verifier, filter: [{ exact: { type: 'order.created' } }] });

    expectProblem(await request(altered({ 'ce-id': 'e-2', 'ce-type': 'order.refunded' })), 401);
  });

  it.each([
    ['event', [401, 401, 204, 200]],
    ['id', [204, 401, 204, 200]],
    ['data', [204, 204, 204, 200]],
  ] as const)(
    'that covers the %s at least is what the receiver demands',
    async (signatureCovers, statuses) => {
      const { request } = await startRecording({ verifier, signatureCovers });

      const answers = [];
      for (const one of [binary, ofItsOwn, structured, batch]) answers.push((await request(one)).status);

      expect(answers).toEqual(statuses);
    },
  );
});

describe('the handshake of web hooks', () => {
  const handshake = createHandshake({ allowedOrigins: ['sender.example'], allowedRate: 120 });

  it('tells an origin that it may send here, and how much', async () => {
    const { request } = await startRecording({ handshake });

    const { status, headers } = await request({
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'sender.example', 'webhook-request-rate': '600' },
    });

    expect(status).toBe(200);
    expect(headers.get('webhook-allowed-origin')).toBe('sender.example');
    expect(headers.get('webhook-allowed-rate')).toBe('120');
    expect(headers.get('allow')).toBe('OPTIONS, POST');
  });

  it('keeps out events of other origins', async () => {
    const { send, request, events } = await startRecording({ handshake });

    expectProblem(await send({}), 403);
    expect((await send({}, { 'webhook-request-origin': 'sender.example' })).status).toBe(204);
    expect((await request({ method: 'GET' })).headers.get('allow')).toBe('OPTIONS, POST');

    expect(events).toHaveLength(1);
  });
});
