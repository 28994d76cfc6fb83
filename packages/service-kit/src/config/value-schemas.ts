import { z } from 'zod';

/** `true` or `false`. */
export function flag() {
  return z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
}

/** `on` or `off`. */
export function onOrOff() {
  return z.enum(['on', 'off'], 'must be on or off').transform((value) => value === 'on');
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `30s`, `5m` or `30d`, in milliseconds; a bare number is in milliseconds. */
export function duration() {
  return z
    .string()
    .regex(/^\d{1,12}(ms|s|m|h|d)?$/, 'must be a duration like 500ms, 30s, 5m, 12h or 30d')
    .transform((text) => {
      const unit = text.replace(/^\d+/, '') as keyof typeof unitMs | '';
      return Number.parseInt(text, 10) * (unit === '' ? 1 : unitMs[unit]);
    });
}

/** A list of texts with commas between them. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}
