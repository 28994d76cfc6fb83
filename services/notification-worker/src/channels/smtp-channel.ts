import type { Clock } from '@fanfare/core';
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

/**
 * Sends mails over pooled connections. The Message-ID is made of the notification's id, so it is the same on every try.
 *
 * The timeout is how long the server may be silent; a mail as a whole may take three of them. None is begun later than one
 * after its batch, so that a batch ends within four of them, well within a claim, however slowly the server trickles.
 */
export function createSmtpChannel({ url, from, to, timeoutMs }: SmtpSettings, clock: Clock): Channel {
  const maxSendMs = 3 * timeoutMs;
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
    const stop = new AbortController();
    const timer = clock.setTimer(maxSendMs, () => {
      stop.abort();
    });
    try {
      await transport.sendMail({
        signal: stop.signal,
        messageId: `<${notification.id}@fanfare>`,
        date: notification.createdAt,
        from,
        to: { name: '', address },
        ...toMessage(notification),
        headers: { 'x-order-id': notification.orderId },
      });
      return { kind: 'sent' };
    } catch (error) {
      if (stop.signal.aborted) return { kind: 'unavailable', reason: `not taken within ${maxSendMs} ms` };
      return judgeSmtpError(error as SmtpError);
    } finally {
      timer.cancel();
    }
  }

  return {
    name: 'smtp',
    batchSize: 15,
    send(notifications, signal) {
      const beginUntilMs = clock.elapsedMs() + timeoutMs;
      return sendEach(notifications, { concurrency: maxConnections, signal }, async (notification) =>
        clock.elapsedMs() > beginUntilMs ? { kind: 'untried' } : sendOne(notification),
      );
    },
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
