import { createTransport } from 'nodemailer';
import type { Notification } from '../notifications/notification';
import { fillIn, toMessage } from '../notifications/templates';
import type { Channel, Outcome } from './channel';
import { sendEach } from './send-each';

export interface SmtpSettings {
  /** `smtp://user:password@host:587`, or `smtps:` for TLS from the start. */
  readonly url: string;
  readonly from: string;
  /** One address; `{customer_id}` in it stands for the customer. */
  readonly to: string;
  readonly timeoutMs: number;
}

const maxConnections = 5;

/** Exactly one mailbox: whatever a customer's id holds, it never adds a recipient or a header. */
const mailbox = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9.-]{1,255}$/i;

/** Sends mails over pooled connections. The Message-ID is made of the notification's id, so it is the same on every try. */
export function createSmtpChannel({ url, from, to, timeoutMs }: SmtpSettings): Channel {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  async function sendOne(notification: Notification): Promise<Outcome> {
    const address = fillIn(to, notification);
    if (address === null) return { kind: 'rejected', reason: 'the customer of the order is not known' };
    if (!mailbox.test(address)) return { kind: 'rejected', reason: `${address} is not a mail address` };
    try {
      await transport.sendMail({
        messageId: `<${notification.id}@fanfare>`,
        date: notification.createdAt,
        from,
        to: { name: '', address },
        ...toMessage(notification),
        headers: { 'x-order-id': notification.orderId },
      });
      return { kind: 'sent' };
    } catch (error) {
      return judgeSmtpError(error as SmtpError);
    }
  }

  return {
    name: 'smtp',
    batchSize: 15,
    send: (notifications, signal) =>
      sendEach(notifications, { concurrency: maxConnections, signal }, sendOne),
    close: async () => {
      transport.close();
    },
  };
}

type SmtpError = Error & { readonly code?: string; readonly permanent?: boolean };

/** Codes for what a server says about this mail; everything else is about the server, or the way to it. */
const aboutTheMail: readonly (string | undefined)[] = ['EENVELOPE', 'EMESSAGE'];

function judgeSmtpError({ code, permanent, message }: SmtpError): Outcome {
  if (!aboutTheMail.includes(code)) return { kind: 'unavailable', reason: message };
  return { kind: permanent ? 'rejected' : 'failed', reason: message };
}
