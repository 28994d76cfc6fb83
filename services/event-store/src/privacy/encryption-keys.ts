import { hasCode } from '@fanfare/core';
import { variable } from '@fanfare/service-kit';
import { parseEncryptionKeys, type EncryptionKeys } from '@fanfare/storage';
import { z } from 'zod';

/** `ENCRYPTION_KEYS`; none: nothing is sealed. */
export const encryptionKeys = () =>
  variable(
    'ENCRYPTION_KEYS',
    z
      .string()
      .default('')
      .transform((text, context): EncryptionKeys => {
        try {
          return parseEncryptionKeys(text);
        } catch (error) {
          if (!hasCode(error, 'invalid')) throw error;
          context.addIssue({ code: 'custom', message: error.message });
          return z.NEVER;
        }
      }),
  );
