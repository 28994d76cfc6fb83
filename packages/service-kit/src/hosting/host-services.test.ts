import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { ConfigError } from '../config/config';
import { problemBody } from '../http/problem';
import { defineRoute, reply } from '../http/route';
import { fakeTopicLog, hostForTest, serviceWith } from '../testing';
import { restingWorker } from '../testing/resting-worker';
import { hostServices } from './host-services';
import type { ServiceFactory } from './service';

const orders = defineRoute({
  method: 'get',
  path: '/orders',
  role: 'reader',
  summary: 'List orders',
  responses: {},
  handle: () => reply(200, []),
});

describe('a service that cannot be prepared yet', () => {
  it('listens, says why it is not ready, refuses its routes for now, and gets ready by itself', async () => {
    const clock = createVirtualClock();
    let tries = 0;
    const prepare = async () => {
      tries += 1;
      if (tries < 3) throw new AppError('unavailable', 'the database is away');
    };
    await using service = await hostForTest(() => serviceWith({ routes: [orders], prepare }), {
      clock,
      untilReady: false,
    });

    expect(await service.request('/health/ready')).toMatchObject({
      status: 503,
      body: { missing: ['prepare: the service cannot be prepared yet: the database is away'] },
    });
    const refused = await service.request('/orders');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    problemBody.parse(refused.body);

    await clock.advance(60_000);
    await service.host.ready;

    expect(await service.request('/health/ready')).toMatchObject({ status: 200 });
    expect(await service.request('/orders')).toMatchObject({ status: 200, body: [] });
    expect(service.logLines.filter(({ msg }) => msg === 'the service cannot be prepared yet')).toHaveLength(
      2,
    );
  });

  it('starts no worker and offers no feed before it is prepared', async () => {
    const clock = createVirtualClock();
    const notes: string[] = [];
    let isAway = true;
    const prepare = async () => {
      if (isAway) throw new AppError('unavailable', 'the database is away');
      notes.push('prepared');
    };
    const worker = {
      name: 'relay',
      run: async (signal: AbortSignal) => {
        notes.push('started');
        await restingWorker('relay').run(signal);
      },
    };
    const topicLog = fakeTopicLog();
    let findFeed: (() => unknown) | undefined;
    await using service = await hostForTest(
      ({ hub }) => {
        findFeed = () => hub.findFeed('orders');
        return serviceWith({ prepare, workers: [worker], topicLogs: [topicLog] });
      },
      { clock, untilReady: false },
    );
    await clock.advance(10_000);
    expect([notes, findFeed?.()]).toEqual([[], undefined]);

    isAway = false;
    await clock.advance(10_000);
    await service.host.ready;

    expect(notes).toEqual(['prepared', 'started']);
    expect(findFeed?.()).toBe(topicLog);
  });

  it('can be stopped all the same', async () => {
    const prepare = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    const service = await hostForTest(() => serviceWith({ prepare }), {
      clock: createVirtualClock(),
      untilReady: false,
    });

    await service.stop();

    expect(await service.host.ready).toBe(false);
    await expect(service.request('/health')).rejects.toThrow('fetch failed');
  });
});

describe('hosting', () => {
  it('ends workers before it closes what the service owns, the last first', async () => {
    const notes: string[] = [];
    const closable = (name: string) => ({ close: async () => void notes.push(`${name} closed`) });
    const service = await hostForTest(({ own }) => {
      own(closable('database'));
      own(closable('cache'));
      return serviceWith({ workers: [restingWorker('relay', notes)] });
    });

    await Promise.all([service.stop(), service.stop()]);
    await service.stop();

    expect(notes).toEqual(['relay ended', 'cache closed', 'database closed']);
  });

  it('closes everything else when something does not close', async () => {
    const notes: string[] = [];
    const service = await hostForTest(({ own }) => {
      own({ close: async () => void notes.push('database closed') });
      own({ close: () => Promise.reject(new Error('it is stuck')) });
      return serviceWith();
    });

    await service.stop();

    expect(notes).toEqual(['database closed']);
    expect(service.logLines.at(-1)).toMatchObject({ level: 'error', msg: 'something did not close' });
  });

  it('names what it still waits for', async () => {
    let close: () => void = () => undefined;
    const service = await hostForTest(({ own }) => {
      own({
        close: () =>
          new Promise((resolve) => {
            close = resolve;
          }),
      });
      return serviceWith();
    });

    const stopped = service.stop();

    await eventually(() => {
      expect(service.host.unfinished()).toEqual(['sample-service: closing owned thing 1']);
    });
    close();
    await stopped;
    expect(service.host.unfinished()).toEqual([]);
  });

  it('lets several services share a hub, each with its name on its log lines', async () => {
    const hubs = new Set<unknown>();
    const named =
      (name: string): ServiceFactory =>
      ({ hub, logger }) => {
        hubs.add(hub);
        const prepare = async () => {
          logger.info('prepared');
        };
        return serviceWith({ name, prepare });
      };
    await using service = await hostForTest([named('one'), named('two')]);

    expect(hubs.size).toBe(1);
    expect(Object.keys(service.host.urls)).toEqual(['one', 'two']);
    expect(service.logLines.filter(({ msg }) => msg === 'prepared').map(({ service: name }) => name)).toEqual(
      ['one', 'two'],
    );
  });

  it('reports the configuration problems of all services at once and leaves nothing open', async () => {
    const notes: string[] = [];
    const sound: ServiceFactory = ({ own }) => {
      own({ close: async () => void notes.push('closed') });
      return serviceWith();
    };
    const broken =
      (problem: string): ServiceFactory =>
      () => {
        throw new ConfigError([problem]);
      };

    const started = hostServices([sound, broken('A is not set'), broken('B is not set')], {
      logging: { level: 'silent' },
    });

    await expect(started).rejects.toThrow('A is not set\n  - B is not set');
    expect(notes).toEqual(['closed']);
  });

  it('closes what a factory owned before it failed', async () => {
    const notes: string[] = [];
    const failing: ServiceFactory = ({ own }) => {
      own({ close: async () => void notes.push('closed') });
      throw new TypeError('a bug');
    };

    await expect(hostServices([failing], { logging: { level: 'silent' } })).rejects.toThrow('a bug');

    expect(notes).toEqual(['closed']);
  });

  it('names the port that is taken and the variable to set', async () => {
    await using first = await hostForTest(() => serviceWith());
    const port = Number(new URL(first.url).port);
    const notes: string[] = [];
    const second: ServiceFactory = ({ own }) => {
      own({ close: async () => void notes.push('closed') });
      return serviceWith({ name: 'order-service', listen: { host: '127.0.0.1', port } });
    };

    const started = hostServices([second], { logging: { level: 'silent' } });

    await expect(started).rejects.toThrow(
      `SERVICE_PORT is ${port}: something listens on 127.0.0.1:${port} already; order-service needs a free port`,
    );
    expect(notes).toEqual(['closed']);
  });

  it('changes the log level of the service and of the loggers that it made', async () => {
    let write: (() => void) | undefined;
    await using service = await hostForTest(({ logger }) => {
      const child = logger.child({ component: 'relay' });
      write = () => {
        child.debug('detail');
      };
      return serviceWith();
    });
    write?.();
    service.host.logLevels.set('debug');

    write?.();
    await service.request('/health/live');

    expect(service.logLines.filter(({ msg }) => msg === 'detail')).toHaveLength(1);
    await eventually(() => {
      expect(service.logLines.at(-1)).toMatchObject({ level: 'debug', url: '/health/live', status: 200 });
    });
  });
});
