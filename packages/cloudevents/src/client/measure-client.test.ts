import { createVirtualClock } from '@fanfare/core';
import { newEvent as event, useClients } from '../testing/use-clients';

const { servers, open } = useClients();

describe('the metrics of a client', () => {
  it('count each event with its outcome and its seconds', async () => {
    const clock = createVirtualClock();
    const sent: unknown[] = [];
    const url = await servers.answer(async ({ headers }) => {
      await clock.advance(250);
      return { status: headers['ce-id'] === 'bad' ? 400 : 200 };
    });
    const client = open(url, { clock, metrics: { sent: (...told) => void sent.push(told) } });

    await client.send({ ...event, id: 'good' });
    await client.request({ ...event, id: 'bad' });
    await client.sendBatch([event, { ...event, type: '' }]);

    expect(sent).toEqual([
      ['ack', 0.25],
      ['nack', 0.25],
      ['ack', 0.25],
      ['undelivered', 0.25],
    ]);
  });
});
