import type { DecodedHttp } from '../codecs/http';
import { toWebhookId } from '../webhooks/sign-webhook';
import type { ReceiverOptions } from './receiver-options';
import { Refusal } from './refusal';

export type CheckSignatureOptions = Pick<ReceiverOptions, 'verifier' | 'signatureCovers'>;

/**
 * Refuses a body that is not signed, and returns what then refuses events of it that the signature says too little of:
 * in binary mode it covers no attribute.
 */
export type CheckSignature = (
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
) => (decoded: DecodedHttp) => void;

export function createCheckSignature(options: CheckSignatureOptions): CheckSignature {
  const { verifier, signatureCovers = 'id' } = options;
  if (!verifier) return () => () => undefined;

  return (headers, body) => {
    const verification = verifier.verify(headers, body);
    if (!verification.ok) throw unsigned(verification.reason);

    return ({ mode, events }) => {
      if (mode !== 'binary' || signatureCovers === 'data') return;
      if (signatureCovers === 'event') {
        throw unsigned('the signature covers no ce- headers: send the event in structured mode');
      }
      if (events.some(({ id }) => toWebhookId(id) !== verification.id)) {
        throw unsigned('the signature is for another event: webhook-id must be that of ce-id');
      }
    };
  };
}

function unsigned(reason: string): Refusal {
  return new Refusal(401, reason, { headers: { 'www-authenticate': 'StandardWebhooks' } });
}
