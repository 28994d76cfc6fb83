import { hostMediator } from './host-mediator';

describe('what the mediator says of itself', () => {
  it('is its name, its version and its limits', async () => {
    await using service = await hostMediator({
      SERVICE_NAME: 'my-mediator',
      MAX_MEDIATORS: '7',
      TIMEOUT: '10m',
    });

    expect((await service.get('/info')).body).toEqual({
      name: 'my-mediator',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      limits: {
        max_mediators: 7,
        max_colleagues: 1_000,
        max_colleagues_per_mediator: 100,
        max_message_bytes: 262_144,
        timeout_ms: 600_000,
        message_timeout_ms: 30_000,
        retry_count: 3,
      },
    });
  });

  it('is healthy when its database and its bus are', async () => {
    await using service = await hostMediator();

    expect(await service.request('/health')).toMatchObject({
      status: 200,
      body: {
        status: 'healthy',
        service: 'mediator',
        checks: { database: 'healthy', mq: 'healthy' },
      },
    });
  });

  it('is not ready while its database is away, and names it', async () => {
    await using service = await hostMediator();
    await service.database.close();

    const answer = await service.request('/health');

    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ status: 'degraded' });
  });

  it('shows its metrics also while its database is away, and none of what only that would know', async () => {
    await using service = await hostMediator();
    await service.begin({ name: 'm' }, 'a', 'b');
    await service.post('/mediators/m/messages', { sender_id: 'a', recipient_id: 'b', message: 1 });
    const shown = async () => String((await service.request('/metrics')).body);
    expect(await shown()).toContain('mediator_mailbox_messages{status="pending"} 1\n');
    await service.database.close();

    const { status } = await service.request('/metrics');

    expect(status).toBe(200);
    expect(await shown()).toMatch(/^http_requests_total/m);
    expect(await shown()).not.toMatch(/^mediator_(mailbox_messages|runs)\{/m);
  });
});
