import { createSystemClock, type Clock } from '@fanfare/core';
import { readHeader, type HeaderFields } from './headers';
import { readSigningKeys } from './signing-keys';

/** Whether a webhook is authentic; if not, why. */
export type Verification =
  | {
      readonly ok: true;
      /** Stays the same when the sender tries again: the key by which to handle it once. */
      readonly id: string;
      /** When it was sent. */
      readonly timestamp: Date;
    }
  | { readonly ok: false; readonly reason: string };

/** Checks what a receiver gets (https://www.standardwebhooks.com). */
export interface Verifier {
  /** `body` must be the bytes as they came, not JSON that was parsed and written again. Never throws. */
  readonly verify: (headers: HeaderFields, body: Uint8Array | string) => Verification;
}

export interface VerifierOptions {
  /** `whsec_…` or `whpk_…`: one signature by one of them is enough. */
  readonly secrets: readonly string[];
  /** How old, or how far ahead of our clock, a webhook may be. */
  readonly toleranceSeconds?: number;
  readonly clock?: Pick<Clock, 'now'>;
}

/** More than any rotation needs; beyond it, each costs the receiver more than the sender. */
const maxSignatures = 32;

/** Makes a verifier. @throws AppError `invalid` for a malformed secret */
export function createVerifier({
  secrets,
  toleranceSeconds = 300,
  clock = createSystemClock(),
}: VerifierOptions): Verifier {
  const keys = readSigningKeys(secrets);
  return {
    verify(headers, body) {
      const id = readHeader(headers, 'webhook-id');
      const seconds = readHeader(headers, 'webhook-timestamp');
      const signature = readHeader(headers, 'webhook-signature');
      if (id === undefined) return refuse('webhook-id is missing');
      if (seconds === undefined) return refuse('webhook-timestamp is missing');
      if (signature === undefined) return refuse('webhook-signature is missing');
      if (!/^\d{1,12}$/.test(seconds)) return refuse('webhook-timestamp is not a number of seconds');

      const timestamp = new Date(Number(seconds) * 1_000);
      const ageSeconds = Math.floor(clock.now().getTime() / 1_000) - Number(seconds);
      if (ageSeconds > toleranceSeconds) return refuse(`webhook-timestamp is ${ageSeconds} s old`);
      if (ageSeconds < -toleranceSeconds) return refuse(`webhook-timestamp is ${-ageSeconds} s ahead`);

      const signatures = signature.split(' ');
      if (signatures.length > maxSignatures) return refuse(`more than ${maxSignatures} signatures`);
      const content = { prefix: `${id}.${seconds}.`, body };
      const isSigned = keys.some((key) => key.hasSigned(content, signaturesOf(key.version, signatures)));
      return isSigned ? { ok: true, id, timestamp } : refuse('no signature is by a secret that is known');
    },
  };
}

function refuse(reason: string): Verification {
  return { ok: false, reason };
}

/** `v1,<Base64>`; those of other versions are not ours to judge. */
function signaturesOf(version: string, signatures: readonly string[]): readonly string[] {
  return signatures
    .filter((signature) => signature.startsWith(`${version},`))
    .map((signature) => signature.slice(version.length + 1));
}
