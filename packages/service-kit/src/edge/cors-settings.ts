import { variable, type Setting } from '../config/config';
import { list } from '../config/value-schemas';

/** Origins whose pages may call the services: `CORS_ORIGINS`; `*`, alone, for all. */
export const corsOrigins: Setting<readonly string[]> = variable(
  'CORS_ORIGINS',
  list()
    .default([])
    .refine(
      (origins) => origins.every(isOrigin) || (origins.length === 1 && origins[0] === '*'),
      'must be a list of origins like https://shop.example, or * alone',
    ),
);

function isOrigin(text: string): boolean {
  return /^https?:[^*]*$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
