import { eventually } from '@fanfare/core/testing';
import type { EventLog } from '../../event-log/event-log';
import { openEventLog } from '../../open-event-log';
import { mongodbLogs } from '../../testing/event-log/mongodb-logs';
import { idsOf, readAll, toStream } from '../../testing/event-log/samples';
import { describeOutages, timed } from '../../testing/outages';
import { createTestProxy, type TestProxy } from '../../testing/test-proxy';

describeOutages('MongoDB', 'TEST_MONGODB_URL', ({ serverUrl, toxiproxyUrl }) => {
  const logs = mongodbLogs(serverUrl);
  let proxy: TestProxy;
  let log: EventLog;

  const append = (id: string) => log.append(toStream('a', 'any', [id]));

  beforeEach(async () => {
    proxy = await createTestProxy(toxiproxyUrl, await logs.createUrl());
    log = await openEventLog(proxy.url);
    await append('before');
  });

  afterEach(async () => {
    await proxy.restore();
    await log.close();
    await proxy.remove();
    await logs.removeAll();
  });

  it('fails every call with unavailable while the server is away, and works again when it is back', async () => {
    await proxy.cut();

    const calls = [() => log.ping(), () => append('lost'), () => log.read({ limit: 1 }), () => log.head()];
    for (const call of calls) {
      const { code, ms } = await timed(call);
      expect(code).toBe('unavailable');
      expect(ms).toBeLessThan(2_000);
    }

    await proxy.restore();
    await eventually(() => log.ping());
    await append('after');
    expect(idsOf(await readAll(log))).toEqual(['before', 'after']);
  });

  it('says within two seconds that a frozen server does not answer', async () => {
    await proxy.freeze();

    const pings = await Promise.all([timed(() => log.ping()), timed(() => log.ping())]);

    for (const { code, ms } of pings) {
      expect(code).toBe('unavailable');
      expect(ms).toBeLessThan(2_000);
    }
    await proxy.restore();
    await eventually(() => log.ping());
  });

  it('may repeat an append of which nobody knows whether it took place', async () => {
    await proxy.freeze();
    const unanswered = timed(() => append('e-1'));
    await eventually(async () => {
      const other = await openEventLog(directUrl());
      expect(await other.head()).toBe(2);
      await other.close();
    });
    await proxy.cut();
    expect(await unanswered).toMatchObject({ code: 'unavailable' });

    await proxy.restore();

    await eventually(() => log.ping());
    expect((await append('e-1')).events).toMatchObject([{ position: 2, isRepeated: true }]);
    expect(await log.verify()).toMatchObject({ valid: true, checked: 2 });
  });

  it.each(['cut', 'freeze'] as const)('opens without the server (%s)', async (fault) => {
    await proxy[fault]();
    const opened = await openEventLog(proxy.url);

    for (const { code, ms } of [await timed(() => opened.ping()), await timed(() => opened.head())]) {
      expect(code).toBe('unavailable');
      expect(ms).toBeLessThan(2_000);
    }

    await proxy.restore();
    await eventually(() => opened.ping());
    expect(await opened.head()).toBe(1);
    await opened.close();
  });

  /** Past the proxy. */
  function directUrl(): string {
    const url = new URL(proxy.url);
    url.host = new URL(serverUrl).host;
    return url.href;
  }
});
