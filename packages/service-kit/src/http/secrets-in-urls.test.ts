import { eventually, openRawConnection } from '@fanfare/core/testing';
import { migrateMessaging, openMessageBus } from '@fanfare/messaging';
import { openDatabase } from '@fanfare/storage';
import { z } from 'zod';
import { hostForTest, openTraceCollector, serviceWith, type TestResponse } from '../testing';
import { defineRoute } from './route';

const handshake = defineRoute({
  method: 'get',
  path: '/handshakes/{token}',
  role: 'public',
  summary: 'Fails',
  params: z.object({ token: z.string() }),
  audit: { action: 'handshake.permit' },
  responses: {},
  handle: () => {
    throw new Error('broken');
  },
});

const page = (answer: TestResponse) => JSON.stringify(answer.body);

it('secrets in URLs reach no log, no trace, no report and no audit entry', async () => {
  await using collector = await openTraceCollector();
  await using service = await hostForTest(
    async ({ own, hub, clock }) => {
      const database = own(await openDatabase('sqlite::memory:'));
      const bus = own(await openMessageBus('memory:', { hub, clock }));
      return serviceWith({
        routes: [handshake],
        prepare: () => migrateMessaging(database),
        reporting: { service: 'order-service', database, bus },
        upgrade: { path: '/ws', handle: () => Promise.reject(new Error('no')), close: async () => undefined },
      });
    },
    {
      reports: { auditing: true, keepMs: 86_400_000 },
      tracing: { url: collector.url, sampleRatio: 1 },
      logLevel: 'debug',
    },
  );

  expect((await service.request('/handshakes/hush-1?ticket=hush-2')).status).toBe(400);
  expect((await service.request('/handshakes/hush-3')).status).toBe(500);
  expect((await service.request('/handshakes/hush-4', { method: 'PUT' })).status).toBe(405);
  expect((await service.request('/beside/handshakes/hush-5?access_token=hush-6')).status).toBe(404);
  const connection = openRawConnection(service.url);
  connection.write(
    'GET /ws?t%69cket=hush-7 HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  await eventually(() => {
    expect(connection.isClosed()).toBe(true);
  });

  const audited = page(await service.request('/topics/audit-order-service/0'));
  expect(audited.match(/handshake\.permit/g)).toHaveLength(2);
  await eventually(async () => {
    const told = page(await service.request('/topics/system-order-service/0'));
    expect(told).toContain('a request for /handshakes/[hidden] failed');
    expect(told).not.toContain('hush');
  });
  await service.stop();
  const spans = JSON.stringify(collector.spans, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(spans).toContain('/beside/handshakes/[hidden]');
  expect(service.logLines.length).toBeGreaterThan(5);
  for (const written of [JSON.stringify(service.logLines), spans, audited]) {
    expect(written).not.toContain('hush');
  }
});
