import { eventually } from '@fanfare/core/testing';
import type { CloudEvent } from '../event/cloud-event';
import { expectProblem } from '../testing/expect-problem';
import { createGate, useReceivers, useRecordingReceivers } from '../testing/use-receivers';
import { ack, nack } from './handler';

const start = useReceivers();
const startRecording = useRecordingReceivers();

describe('a batch', () => {
  it('is answered with what became of each event', async () => {
    const { sendBatch } = await start(({ id }) => (id === 'b' ? nack(422, 'not this one') : undefined));

    const { status, headers, json } = await sendBatch([{ id: 'a' }, { id: 'b' }]);

    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 207,
      type: 'application/json; charset=utf-8',
    });
    expect(json).toEqual({
      results: [
        { id: 'a', source: '/orders', status: 204 },
        { id: 'b', source: '/orders', status: 422, detail: 'not this one' },
      ],
    });
  });

  it('of which some may be taken later says when to send them again', async () => {
    const { sendBatch } = await start(({ id }) => (id === 'b' ? nack(503, 'later', 3_000) : undefined));

    const { status, headers } = await sendBatch([{ id: 'a' }, { id: 'b' }]);

    expect([status, headers.get('retry-after')]).toEqual([207, '3']);
  });

  it('of which all are taken is answered with 200, an empty one too', async () => {
    const { sendBatch } = await startRecording();

    expect(await sendBatch([{ id: 'a' }, { id: 'b' }])).toMatchObject({
      status: 200,
      json: { results: [{ status: 204 }, { status: 204 }] },
    });
    expect(await sendBatch([])).toMatchObject({ status: 200, json: { results: [] } });
  });

  it.each([
    ['all are taken alike', () => undefined, 204, undefined],
    [
      'some are taken otherwise',
      ({ id }: CloudEvent) => (id === 'b' ? ack(202) : undefined),
      200,
      [204, 202],
    ],
    ['some are refused', ({ id }: CloudEvent) => (id === 'b' ? nack(422, 'no') : undefined), 207, [204, 422]],
    ['all are refused', () => nack(422, 'no'), 422, [422, 422]],
  ] as const)(
    'is answered without a list to a sender that prefers it, and only where %s',
    async (_, handler, status, results) => {
      const { sendBatch } = await start(handler);

      const answer = await sendBatch([{ id: 'a' }, { id: 'b' }], { prefer: 'return=minimal' });

      expect(answer.status).toBe(status);
      expect(answer.headers.get('preference-applied')).toBe(results ? null : 'return=minimal');
      if (results) expect(answer.json).toMatchObject({ results: results.map((each) => ({ status: each })) });
      else expect(answer.text).toBe('');
    },
  );

  it('of which all are refused for the same reason is refused, and says when to come again', async () => {
    const { sendBatch } = await start(() => nack(503, 'later', 3_000));

    const answer = await sendBatch([{ id: 'a' }, { id: 'b' }]);

    expect(expectProblem(answer, 503)['results']).toMatchObject([
      { id: 'a', status: 503 },
      { id: 'b', status: 503 },
    ]);
    expect(answer.headers.get('retry-after')).toBe('3');
  });

  it('with an event that is not valid is refused as a whole, naming it', async () => {
    const { sendBatch, events } = await startRecording();

    const problem = expectProblem(await sendBatch([{ id: 'a' }, { id: '' }]), 400);

    expect(problem['problems']).toEqual([expect.objectContaining({ attribute: '[1].id' })]);
    expect(events).toEqual([]);
  });

  it('is handled event by event, in its order', async () => {
    const gate = createGate();
    const { sendBatch } = await start(gate.handler);
    const sending = sendBatch([{ id: 'a' }, { id: 'b' }]);

    for (const id of ['a', 'b']) {
      await eventually(() => {
        expect(gate.ids()).toEqual([id]);
      });
      gate.openAll();
    }

    expect((await sending).status).toBe(200);
  });
});
