import { eventually } from '@fanfare/core/testing';
import { randomUUID } from 'node:crypto';
import type { Cache } from '../../cache';
import { openCache } from '../../open-cache';
import { describeOutages, timed } from '../../testing/outages';
import { createTestProxy, type TestProxy } from '../../testing/test-proxy';

describeOutages('Redis', 'TEST_REDIS_URL', ({ serverUrl, toxiproxyUrl }) => {
  const value = { version: 1, value: 'one' };
  let proxy: TestProxy;
  let cache: Cache;

  beforeEach(async () => {
    proxy = await createTestProxy(toxiproxyUrl, serverUrl);
    cache = await openCache(proxy.url, { prefix: `fanfare-test:${randomUUID()}:` });
    await cache.set('a', value, 60_000);
  });

  afterEach(async () => {
    await cache.close();
    await proxy.remove();
  });

  it('fails calls with unavailable at once while the server is away, and works again when it is back', async () => {
    await proxy.cut();
    await eventually(() => expect(cache.ping()).rejects.toMatchObject({ code: 'unavailable' }));

    const calls = [() => cache.get('a'), () => cache.set('b', value, 1_000), () => cache.delete('a')];
    for (const call of calls) {
      const { code, ms } = await timed(call);
      expect(code).toBe('unavailable');
      expect(ms).toBeLessThan(100);
    }

    await proxy.restore();
    await eventually(() => cache.ping());
    expect(await cache.get('a')).toEqual(value);
  });

  it('says soon that a frozen server does not answer, and works again when it does', async () => {
    await proxy.freeze();

    const outcomes = await Promise.all([timed(() => cache.get('a')), timed(() => cache.ping())]);

    for (const { code, ms } of outcomes) {
      expect(code).toBe('unavailable');
      expect(ms).toBeLessThan(2_000);
    }
    await proxy.restore();
    await eventually(() => cache.ping());
    expect(await cache.get('a')).toEqual(value);
  });

  it.each(['cut', 'freeze'] as const)('opens without the server (%s)', async (fault) => {
    await proxy[fault]();

    const startMs = performance.now();
    const opened = await openCache(proxy.url);

    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(await timed(() => opened.get('a'))).toMatchObject({ code: 'unavailable' });
    await proxy.restore();
    await eventually(() => opened.ping());
    await opened.close();
  });
});
