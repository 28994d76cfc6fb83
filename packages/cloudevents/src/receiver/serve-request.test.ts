import { AppError } from '@fanfare/core';
import { expectProblem } from '../testing/expect-problem';
import {
  toBatch,
  toBinary,
  toStructured,
  sampleEventWithData as event,
  useReceivers,
  useRecordingReceivers,
} from '../testing/use-receivers';

const start = useReceivers();
const startRecording = useRecordingReceivers();

describe('a request', () => {
  it.each([
    ['binary', toBinary(event)],
    ['structured', toStructured(event)],
    ['batch', toBatch([event])],
  ])('in %s mode reaches the handler', async (_, init) => {
    const { request, events } = await startRecording();

    const { status } = await request(init);

    expect(status).toBe(_ === 'batch' ? 200 : 204);
    expect(events).toEqual([expect.objectContaining(event)]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('with the method %s is refused', async (method) => {
    const { request } = await startRecording();

    const answer = await request({ method });

    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('that is malformed JSON is the fault of its sender', async () => {
    const { request } = await startRecording();

    expectProblem(await request({ ...toStructured(event), body: '{"id":' }), 400);
  });

  it('that lacks attributes is told which', async () => {
    const { request } = await startRecording();

    const problem = expectProblem(await request(toStructured({ specversion: '1.0', id: 'e-1' })), 400);

    expect(problem['problems']).toMatchObject([{ attribute: 'source' }, { attribute: 'type' }]);
  });

  it.each([
    ['no type', {}],
    ['another type', { 'content-type': 'text/html' }],
    ['a format that is not JSON', { 'content-type': 'application/cloudevents+avro' }],
  ])('with %s is refused', async (_, headers) => {
    const { request } = await startRecording();

    expectProblem(await request({ headers, body: new Uint8Array([1]) }), 415);
  });
});

describe('a filter', () => {
  const filter = [{ prefix: { type: 'order.' } }];

  it.each([
    ['binary', toBinary],
    ['structured', toStructured],
  ])('has what does not pass in %s mode acknowledged and not handled', async (_, lay) => {
    const { request, events } = await startRecording({ filter });

    expect((await request(lay({ ...event, type: 'user.created' }))).status).toBe(202);
    expect((await request(lay(event))).status).toBe(204);

    expect(events).toHaveLength(1);
  });

  it('has the data of what does not pass never parsed in binary mode', async () => {
    const { request } = await startRecording({ filter });
    const notJson = (type: string) => ({ ...toBinary({ ...event, type }), body: '{' });

    expect((await request(notJson('user.created'))).status).toBe(202);
    expectProblem(await request(notJson('order.created')), 400);
    expectProblem(await request(toBinary({ ...event, type: 'user.created', id: '' })), 400);
  });

  it('looks at each event of a batch', async () => {
    const { sendBatch } = await startRecording({ filter });

    const { json } = await sendBatch([{ type: 'user.created' }, {}]);

    expect(json).toMatchObject({ results: [{ status: 202 }, { status: 204 }] });
  });

  it('that is none is refused before anything starts', async () => {
    await expect(start(() => undefined, { filter: [{ exact: {} }] })).rejects.toThrow(AppError);
  });
});
