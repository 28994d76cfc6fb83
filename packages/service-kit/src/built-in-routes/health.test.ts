import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import type { Service } from '../hosting/service';
import { hostForTest, serviceWith, type HostForTestOptions } from '../testing';

const well = { ping: async () => undefined };
const away = { ping: () => Promise.reject(new AppError('unavailable', 'no connection')) };

function hostWith(checks: Service['checks'], options: HostForTestOptions = {}) {
  return hostForTest(() => serviceWith({ checks }), options);
}

describe('health', () => {
  it('is good when everything answers', async () => {
    await using service = await hostWith({ database: well, cache: well });

    expect(await service.request('/health')).toMatchObject({
      status: 200,
      body: {
        status: 'healthy',
        service: 'sample-service',
        checks: { database: 'healthy', cache: 'healthy' },
      },
    });
  });

  it('tells besides what the service has to tell of itself', async () => {
    await using service = await hostForTest(() => serviceWith({ healthDetails: { order_saga: 'on' } }));

    expect((await service.request('/health')).body).toMatchObject({ status: 'healthy', order_saga: 'on' });
  });

  it.each(['database', 'cache', 'mq'])(
    'is degraded when %s is away, and says which and why',
    async (name) => {
      await using service = await hostWith({ database: well, cache: well, mq: well, [name]: away });

      expect(await service.request('/health')).toMatchObject({
        status: 503,
        body: { status: 'degraded', checks: { [name]: 'unhealthy: no connection' } },
      });
    },
  );

  it.each(['database', 'cache', 'mq'])('is good again by itself when %s is back', async (name) => {
    const clock = createVirtualClock();
    let isAway = true;
    const coming = { ping: () => (isAway ? away.ping() : well.ping()) };
    await using service = await hostWith(
      { database: well, cache: well, mq: well, [name]: coming },
      { clock },
    );
    expect((await service.request('/health')).status).toBe(503);

    isAway = false;
    await clock.advance(1_000);

    expect(await service.request('/health')).toMatchObject({
      status: 200,
      body: { status: 'healthy', checks: { [name]: 'healthy' } },
    });
  });

  it('does not wait for ever for a dependency that does not answer', async () => {
    const clock = createVirtualClock();
    const ping = () => new Promise<never>(() => undefined);
    await using service = await hostWith({ database: well, cache: { ping } }, { clock });

    const answer = service.request('/health');
    await eventually(() => {
      expect(clock.pending).toBeGreaterThan(0);
    });
    await eventually(async () => {
      await clock.advance(2_000);
      expect(clock.pending).toBe(0);
    });

    expect((await answer).body).toMatchObject({ checks: { cache: 'unhealthy: no answer within 2 s' } });
  });

  it('does not show the message of an unexpected error', async () => {
    const broken = {
      ping: () => {
        throw new Error('password=hunter2');
      },
    };
    await using service = await hostWith({ database: broken });

    const { body } = await service.request('/health');

    expect(body).toMatchObject({ checks: { database: 'unhealthy: the check failed' } });
  });

  it('asks each dependency once a second, however often it is asked', async () => {
    const clock = createVirtualClock();
    let pings = 0;
    const database = {
      ping: async () => {
        pings += 1;
      },
    };
    await using service = await hostWith({ database }, { clock });

    await Promise.all(Array.from({ length: 20 }, () => service.request('/health')));
    await service.request('/health/ready');
    expect(pings).toBe(1);

    await clock.advance(1_000);
    await service.request('/health');
    expect(pings).toBe(2);
  });

  it('is alive whatever is away', async () => {
    await using service = await hostWith({ database: away });

    expect(await service.request('/health/live')).toMatchObject({ status: 200, body: { status: 'alive' } });
  });
});

describe('readiness', () => {
  it('needs the database and nothing else', async () => {
    await using service = await hostWith({ database: well, cache: away, mq: away });

    expect(await service.request('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready', missing: [] },
    });
  });

  it('is gone while the database is away', async () => {
    await using service = await hostWith({ database: away });

    expect(await service.request('/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'not_ready', missing: ['database: unhealthy: no connection'] },
    });
  });
});
