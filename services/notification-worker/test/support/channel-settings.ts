import { eventually } from '@fanfare/core/testing';
import type { WorkerUnderTest } from './host-worker';

export const smtpEnv = (port: number, to = '{customer_id}@customers.example') => ({
  NOTIFICATION_CHANNELS: 'smtp',
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  SMTP_FROM: 'Fanfare <shop@fanfare.example>',
  SMTP_TO: to,
});

export const webhookEnv = (url: string) => ({
  NOTIFICATION_CHANNELS: 'webhook',
  NOTIFICATION_WEBHOOK_URL: url,
});

/** Waits until as many notifications as that have ended in `state`. */
export const untilEnded = (system: WorkerUnderTest, state: 'sent' | 'failed', count = 1) =>
  eventually(async () => {
    const { notifications } = await system.list(`?state=${state}`);
    expect(notifications).toHaveLength(count);
    return notifications;
  });
