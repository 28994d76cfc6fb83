import type { Checkpoint, Verification } from '@fanfare/storage';
import { z } from 'zod';

export const verificationBody = z.object({
  /** Whether nothing was found to be wrong, and nothing is `unexplained`. */
  valid: z.boolean(),
  /** `incomplete` when nothing was found to be wrong, but some of the data is `unopened`: there it may be anything. */
  status: z.enum(['valid', 'incomplete', 'invalid']),
  /** Events that were looked at, and how many of them have had their data erased. */
  checked: z.int(),
  erased: z.int(),
  /** Of those that were looked at, how many have data that is sealed with a key that is not there; left out when none. */
  unopened: z.int().optional(),
  first_unopened_position: z.int().optional(),
  /** How many of the erased no erasure in the log tells of: the data was removed past the log. Left out when none. */
  unexplained: z.int().optional(),
  head_position: z.int(),
  /** SHA-256 in hex. */
  head_hash: z.string(),
  /** The newest signed checkpoint; only of a log that is valid, and has a key. */
  signature: z
    .object({
      position: z.int(),
      hash: z.string(),
      at: z.string(),
      /** Ed25519 over the canonical JSON of `{atMs, hash, position}`, in base64. */
      signature: z.string(),
    })
    .optional(),
  first_invalid_position: z.int().optional(),
  reason: z.string().optional(),
});

export function toVerificationBody(
  verification: Verification,
  checkpoint: Checkpoint | null,
): z.infer<typeof verificationBody> {
  const { valid, checked, erased, unopened, unexplained, headPosition, headHash } = verification;
  const { firstUnopenedPosition, firstInvalidPosition, reason } = verification;
  return {
    valid,
    status: statusOf(verification),
    checked,
    erased,
    ...(unopened !== undefined && { unopened, first_unopened_position: firstUnopenedPosition }),
    ...(unexplained !== undefined && { unexplained }),
    head_position: headPosition,
    head_hash: headHash,
    ...(checkpoint && { signature: toCheckpointBody(checkpoint) }),
    ...(firstInvalidPosition !== undefined && { first_invalid_position: firstInvalidPosition, reason }),
  };
}

function statusOf({ valid, unopened }: Verification) {
  if (!valid) return 'invalid';
  return unopened === undefined ? 'valid' : 'incomplete';
}

export function toCheckpointBody({ position, hash, atMs, signature }: Checkpoint) {
  return { position, hash, at: new Date(atMs).toISOString(), signature };
}
