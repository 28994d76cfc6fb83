import { AppError } from '@fanfare/core';

const loneSurrogate = /\p{Cs}/u;

/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for equal values, whoever writes it. Members that are undefined
 * are left out. Throws `invalid` for what is no I-JSON: lone surrogates, numbers that are not finite, functions.
 */
export function canonicalise(value: unknown): string {
  if (typeof value === 'string') return canonicaliseText(value);
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? canonicaliseList(value) : canonicaliseMembers(value);
  }
  const isJson = value === null || typeof value === 'boolean' || Number.isFinite(value);
  if (!isJson) throw new AppError('invalid', `${typeof value} is no JSON value`);
  // numbers and literals: RFC 8785 §3.2.2 is defined by what ECMAScript prints
  return JSON.stringify(value);
}

function canonicaliseText(text: string): string {
  if (loneSurrogate.test(text)) throw new AppError('invalid', 'a lone surrogate is no Unicode text');
  return JSON.stringify(text);
}

function canonicaliseList(list: readonly unknown[]): string {
  return `[${list.map(canonicalise).join(',')}]`;
}

/** Sorted by UTF-16 code units (RFC 8785 §3.2.3), which is how `sort` compares. */
function canonicaliseMembers(members: object): string {
  const texts: string[] = [];
  for (const [name, value] of Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value !== undefined) texts.push(`${canonicaliseText(name)}:${canonicalise(value)}`);
  }
  return `{${texts.join(',')}}`;
}
