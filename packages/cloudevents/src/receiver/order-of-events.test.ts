import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '../testing/expect-problem';
import { createGate, useReceivers, useRecordingReceivers } from '../testing/use-receivers';

const start = useReceivers();
const startRecording = useRecordingReceivers();

describe('the order', () => {
  it('is that of arrival for events of one key, while others go on', async () => {
    const gate = createGate();
    const { sendBatch, send } = await start(gate.handler, { ordered: ({ subject }) => subject });
    const sending = sendBatch([
      { id: 'x1', subject: 'x' },
      { id: 'x2', subject: 'x' },
      { id: 'y1', subject: 'y' },
      { id: 'none1' },
      { id: 'none2' },
    ]);
    await eventually(() => {
      expect(gate.ids()).toEqual(['x1', 'y1', 'none1', 'none2']);
    });
    const later = send({ id: 'x3', subject: 'x' });

    for (const id of ['x2', 'x3']) {
      gate.openAll();
      await eventually(() => {
        expect(gate.ids()).toEqual([id]);
      });
    }
    gate.openAll();

    expect([(await sending).status, (await later).status]).toEqual([200, 204]);
  });

  it('is that of arrival: a slow event is not overtaken by a fast one of its key', async () => {
    const gate = createGate();
    const ended: string[] = [];
    const { send } = await start(
      async (event) => {
        if (event.id === 'slow') await gate.handler(event);
        ended.push(event.id);
      },
      { ordered: () => 'all' },
    );
    const slow = send({ id: 'slow' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['slow']);
    });
    const fast = send({ id: 'fast' });
    gate.openAll();
    await Promise.all([slow, fast]);

    expect(ended).toEqual(['slow', 'fast']);
  });

  it('is none without a key: a fast event overtakes a slow one', async () => {
    const gate = createGate();
    const { send } = await start((event) => (event.id === 'slow' ? gate.handler(event) : undefined));
    const slow = send({ id: 'slow' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['slow']);
    });

    expect((await send({ id: 'fast' })).status).toBe(204);
    gate.openAll();
    await slow;
  });

  it('by a key that cannot be told is a failure of the receiver', async () => {
    const onError = jest.fn();
    const ordered = () => {
      throw new Error('no key');
    };
    const { send, sendBatch, events } = await startRecording({ ordered, onError });

    expectProblem(await send({}), 500);
    expectProblem(await sendBatch([{}, {}]), 500);

    expect(events).toEqual([]);
    expect(onError).toHaveBeenCalledTimes(2);
  });
});

describe('a full queue', () => {
  it('turns senders away until there is room, and tells them when to come again', async () => {
    const gate = createGate();
    const onError = jest.fn();
    const { send } = await start(gate.handler, { concurrency: 1, maxQueued: 1, onError });
    const running = send({ id: 'a' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['a']);
    });
    const others = [send({ id: 'b' }), send({ id: 'b' })];

    const refused = await Promise.race(others);
    gate.openAll();
    await eventually(() => {
      expect(gate.ids()).toEqual(['b']);
    });
    gate.openAll();

    expectProblem(refused, 503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await running).status).toBe(204);
    expect((await Promise.all(others)).map(({ status }) => status).sort()).toEqual([204, 503]);
    expect(onError).not.toHaveBeenCalled();
  });
});
