const minimal = /(?:^|,)\s*return\s*=\s*"?minimal"?\s*(?:[,;]|$)/i;

/** Whether the sender wants no more of an answer than it needs (RFC 7240 §4.2). */
export function prefersMinimal({ prefer }: Readonly<Record<string, string>>): boolean {
  return prefer !== undefined && minimal.test(prefer);
}
