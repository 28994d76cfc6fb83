import { AppError } from '@fanfare/core';
import { readHeader, type HeaderFields } from './headers';
import type { AllowedRate } from './rate-gate';

/** A positive integer as text (CloudEvents web hooks, §4.1.4 and §4.2.2). */
const rateText = /^[1-9]\d{0,14}$/;

/** A DNS name expression (§4.1.2): labels with dots between them, and a port at most. */
const originText = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?(:\d{1,5})?$/i;

/** The rate in a header: undefined when it is absent, null when it is no rate. */
export function readRate(headers: HeaderFields, name: string): AllowedRate | null | undefined {
  const text = readHeader(headers, name);
  if (text === undefined) return undefined;
  if (text === '*') return 'unlimited';
  return rateText.test(text) ? Number(text) : null;
}

/** A rate as `WebHook-Allowed-Rate` tells it. */
export function printRate(rate: AllowedRate): string {
  return rate === 'unlimited' ? '*' : String(rate);
}

/** Throws `invalid` unless it is a rate. */
export function assertRate(rate: AllowedRate): void {
  if (rate !== 'unlimited' && !rateText.test(String(rate))) {
    throw new AppError('invalid', `${rate} is no rate: it must be a positive whole number per minute`);
  }
}

/** Whether a text can be an origin. */
export function isOrigin(text: string): boolean {
  return text.length <= 255 && originText.test(text);
}

/** DNS names are the same in upper and lower case. */
export function isSameOrigin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Reads a URL. Throws `invalid` unless HTTP goes there. */
export function parseHttpUrl(text: string): URL {
  if (!isHttpUrl(text)) throw new AppError('invalid', `${text} is not an http or https URL`);
  return new URL(text);
}

/** Whether it is an absolute URL where HTTP goes. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
