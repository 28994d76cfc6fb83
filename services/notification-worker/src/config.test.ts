import { readConfig } from './config';

describe('configuration of notification-worker', () => {
  it('needs nothing to be set', () => {
    expect(readConfig({})).toMatchObject({
      listen: { host: '127.0.0.1', port: 8084 },
      databaseUrl: 'sqlite:./data/notifications.db',
      messageBusUrl: 'memory:',
      ordersFeedUrl: 'http://127.0.0.1:8080',
      maxAttempts: 10,
      delayMs: 0,
      channels: [{ name: 'log' }],
    });
  });

  it('reads each channel that is asked for', () => {
    const { channels } = readConfig({
      NOTIFICATION_CHANNELS: 'log, smtp,webhook,sms,log',
      SMTP_URL: 'smtp://mail:2525',
      SMTP_FROM: 'shop@example.com',
      SMTP_TO: '{customer_id}@example.com',
      NOTIFICATION_WEBHOOK_URL: 'https://example.com/hook',
      SMS_URL: 'https://sms.example.com/messages',
      SMS_BODY: 'to={customer_id}&text={text}',
    });

    expect(channels).toEqual([
      { name: 'log' },
      {
        name: 'smtp',
        url: 'smtp://mail:2525',
        from: 'shop@example.com',
        to: '{customer_id}@example.com',
        timeoutMs: 5_000,
      },
      { name: 'webhook', url: 'https://example.com/hook', secrets: [], timeoutMs: 5_000 },
      {
        name: 'sms',
        url: 'https://sms.example.com/messages',
        body: 'to={customer_id}&text={text}',
        timeoutMs: 5_000,
      },
    ]);
  });

  it('reads the secrets that sign webhooks, and tells which one is wrong without telling it', () => {
    const env = { NOTIFICATION_CHANNELS: 'webhook', NOTIFICATION_WEBHOOK_URL: 'https://example.com/hook' };
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_c2VjcmV0'];
    const read = (list: string) => readConfig({ ...env, NOTIFICATION_WEBHOOK_SECRETS: list }).channels;

    expect(read(`${secrets[0]}, ${secrets[0]}`)).toMatchObject([{ secrets: [secrets[0], secrets[0]] }]);
    expect(() => read(secrets.join(','))).toThrow(
      'NOTIFICATION_WEBHOOK_SECRETS is wrong: webhook secret 2 of 2 has 6 bytes, not 24 to 64',
    );
  });

  it('does not start with a channel whose settings are missing, and names them all', () => {
    const read = () =>
      readConfig({ NOTIFICATION_CHANNELS: 'smtp,webhook,sms', SMTP_FROM: 'shop@example.com' });

    const missing = ['SMTP_URL', 'SMTP_TO', 'NOTIFICATION_WEBHOOK_URL', 'SMS_URL', 'SMS_BODY'];
    for (const name of missing)
      expect(read).toThrow(new RegExp(`- ${name} is not set: needed by the channel`));
    expect(read).toThrow(/^((?!SMTP_FROM)[^])*$/);
  });

  it.each([
    [{ NOTIFICATION_CHANNELS: 'pigeon' }, 'NOTIFICATION_CHANNELS'],
    [
      { NOTIFICATION_CHANNELS: 'webhook', NOTIFICATION_WEBHOOK_URL: 'ftp://example.com' },
      'NOTIFICATION_WEBHOOK_URL',
    ],
    [{ NOTIFICATION_CHANNELS: 'smtp', SMTP_URL: 'mail:25', SMTP_FROM: 'a@b', SMTP_TO: 'c@d' }, 'SMTP_URL'],
    [{ MAX_ATTEMPTS: '0' }, 'MAX_ATTEMPTS'],
    [{ NOTIFICATION_DELAY_MS: '-1' }, 'NOTIFICATION_DELAY_MS'],
    [{ ORDERS_FEED_URL: 'orders' }, 'ORDERS_FEED_URL'],
  ])('refuses %j', (env, name) => {
    expect(() => readConfig(env)).toThrow(name);
  });

  it('takes the port of the health checks of old', () => {
    expect(readConfig({ HEALTH_PORT: '8082' }).listen.port).toBe(8082);
  });
});
