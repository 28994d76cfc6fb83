/**
 * Sent with every answer (OWASP REST Security Cheat Sheet). An API is no place for scripts, frames or guessing of types; the
 * docs page says otherwise for itself.
 */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/** The same as a flat list, as `writeHead` takes it. */
export const securityHeaderList: readonly string[] = Object.entries(securityHeaders).flat();

/** Over TLS: browsers come back only encrypted, for a year (RFC 6797). */
export const encryptedHeaderList: readonly string[] = [
  ...securityHeaderList,
  'strict-transport-security',
  'max-age=31536000',
];
