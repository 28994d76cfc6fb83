/** Sent with every answer. An API is no place for scripts, frames or guessing of types; the docs page says otherwise for itself. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** The same as a flat list, as `writeHead` takes it. */
export const securityHeaderList: readonly string[] = Object.entries(securityHeaders).flat();
