import { AppError, createSystemClock, type Clock } from '@fanfare/core';
import { readSigningKeys } from './signing-keys';

/** What one try to deliver a webhook sends. */
export interface WebhookToSign {
  /** The same on every try; visible ASCII without a full stop, which separates what is signed. See `toWebhookId`. */
  readonly id: string;
  /** Of this try; now unless given. */
  readonly timestamp?: Date;
  /** Exactly what goes over the wire. */
  readonly body: Uint8Array | string;
}

/** The three headers of Standard Webhooks. */
export type WebhookHeaders = Readonly<
  Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
>;

/** Signs what a sender posts (https://www.standardwebhooks.com). */
export interface Signer {
  /** One signature by each secret. @throws AppError `invalid` for an id that cannot be signed safely */
  readonly sign: (webhook: WebhookToSign) => WebhookHeaders;
}

export interface SignerOptions {
  /** `whsec_…` (HMAC-SHA256) or `whsk_…` (Ed25519); while secrets rotate, the new and the old one. */
  readonly secrets: readonly string[];
  readonly clock?: Pick<Clock, 'now'>;
}

const signableId = /^[\x21-\x2d\x2f-\x7e]+$/;

/** Makes a signer. @throws AppError `invalid` for a secret that is malformed, or public */
export function createSigner({ secrets, clock = createSystemClock() }: SignerOptions): Signer {
  const keys = readSigningKeys(secrets).map(({ version, sign }) => {
    if (!sign) throw new AppError('invalid', 'a public key (whpk_) cannot sign');
    return { version, sign };
  });
  return {
    sign({ id, timestamp = clock.now(), body }) {
      if (!signableId.test(id)) {
        throw new AppError('invalid', 'a webhook id must be visible ASCII without full stops');
      }
      const seconds = String(Math.floor(timestamp.getTime() / 1_000));
      const content = { prefix: `${id}.${seconds}.`, body };
      return {
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': keys.map(({ version, sign }) => `${version},${sign(content)}`).join(' '),
      };
    },
  };
}

/** Full stops separate what is signed, a header carries visible ASCII, and percent signs are what the others become. */
const unsignable = /[^\x21-\x24\x26-\x2d\x2f-\x7e]/gu;

/**
 * The id of an event as `webhook-id`: the same wherever it can be signed. Full stops, percent signs and all that is not
 * visible ASCII are percent-encoded, so that different ids stay different.
 */
export function toWebhookId(eventId: string): string {
  return eventId.replace(unsignable, (character) =>
    character === '.' ? '%2E' : encodeURIComponent(character),
  );
}
