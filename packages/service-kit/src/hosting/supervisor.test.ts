import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { fakeConsumer, hostForTest, serviceWith } from '../testing';
import { restingWorker } from '../testing/resting-worker';
import type { Worker } from './service';

describe('a worker', () => {
  it('that fails turns readiness red, is started again, and turns it green when it runs', async () => {
    const clock = createVirtualClock();
    let starts = 0;
    const worker: Worker = {
      name: 'relay',
      run: async (signal) => {
        starts += 1;
        if (starts <= 2) throw new Error('it broke');
        await restingWorker('relay').run(signal);
      },
    };
    await using service = await hostForTest(() => serviceWith({ workers: [worker] }), { clock });

    await eventually(async () => {
      expect(await service.request('/health/ready')).toMatchObject({
        status: 503,
        body: { missing: ['worker relay: it failed and is being started again'] },
      });
    });
    expect(await service.request('/health/live')).toMatchObject({ status: 200 });

    await clock.advance(5_000);

    expect(starts).toBe(3);
    expect(await service.request('/health/ready')).toMatchObject({ status: 200 });
    const failures = service.logLines.filter(({ worker: name }) => name === 'relay');
    expect(failures.map(({ level, msg }) => [level, msg])).toEqual([
      ['error', 'a worker failed and will be started again'],
      ['error', 'a worker failed and will be started again'],
      ['info', 'a worker runs again'],
    ]);
  });

  it('that ends by itself has failed too', async () => {
    const worker: Worker = { name: 'relay', run: async () => undefined };
    await using service = await hostForTest(() => serviceWith({ workers: [worker] }), {
      clock: createVirtualClock(),
    });

    await eventually(async () => {
      expect((await service.request('/health/ready')).status).toBe(503);
    });
  });

  it('is every consumer as well', async () => {
    const consumer = fakeConsumer({ run: () => Promise.reject(new Error('it broke')) });
    await using service = await hostForTest(() => serviceWith({ consumers: [consumer] }), {
      clock: createVirtualClock(),
    });

    await eventually(async () => {
      expect((await service.request('/health/ready')).body).toMatchObject({
        missing: ['worker consumer:orders:analytics: it failed and is being started again'],
      });
    });
  });
});
