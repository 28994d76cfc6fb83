import { isIPv6 } from 'node:net';

// the grammar of RFC 3986, appendix A
const encoded = '%[\\dA-Fa-f]{2}';
const plain = "\\w\\-.~!$&'()*+,;="; // unreserved and sub-delims
const authority = `(?:(?:[${plain}:]|${encoded})*@)?(?:\\[[\\dA-Fa-f:.]+\\]|\\[[vV][\\dA-Fa-f]+\\.[${plain}:]+\\]|(?:[${plain}]|${encoded})*)(?::\\d*)?`;
const path = `(?:[${plain}:@/]|${encoded})*`;
const queryOrFragment = `(?:[${plain}:@/?]|${encoded})*`;
const hierarchy = `(?://${authority}(?![^/?#])|(?!//))${path}(?:\\?${queryOrFragment})?`;
const scheme = '[A-Za-z][A-Za-z\\d+\\-.]*:';
const colonInFirstSegment = '[^/?#]*:';

const uriReference = new RegExp(
  `^(?:${scheme}|(?!${colonInFirstSegment}))${hierarchy}(?:#${queryOrFragment})?$`,
);
const absoluteUri = new RegExp(`^${scheme}${hierarchy}$`);

/** Whether `text` is a URI with a scheme, or relative to one (RFC 3986 §4.1). Empty text is a reference too. */
export function isUriReference(text: string): boolean {
  return uriReference.test(text) && hasValidHost(text);
}

/** Whether `text` is a URI with a scheme and without a fragment (RFC 3986 §4.3). */
export function isAbsoluteUri(text: string): boolean {
  return absoluteUri.test(text) && hasValidHost(text);
}

/** The grammar allows brackets around an IP address only, and cannot count the groups of an IPv6 one. */
function hasValidHost(text: string): boolean {
  const address = text.includes('[') ? /\[([^\]vV]*)\]/.exec(text)?.[1] : undefined;
  return address === undefined || isIPv6(address);
}
