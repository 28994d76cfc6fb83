/** Space, double quote, percent, and all that is not printable ASCII. */
const mustBeEncoded = /[^!#$&-~]+/g;
const needsEncoding = /[^!#$&-~]/;
const needsDecoding = /[^ !#$&-~]/;
const notPrintable = /[^ -~]/;

/** The value of an attribute as an HTTP header: percent-encoded where it must be, nowhere else (HTTP binding §3.1.3.2). */
export function encodeHeaderValue(text: string): string {
  return needsEncoding.test(text) ? text.replace(mustBeEncoded, encodeURIComponent) : text;
}

/**
 * The value of an attribute from an HTTP header (§3.1.3.2): quoted strings, which older senders use, are unquoted, then
 * one round of percent-decoding follows. `undefined` when it is not printable ASCII, when a quoted string does not end,
 * and when a percent sign begins no UTF-8.
 */
export function decodeHeaderValue(value: string): string | undefined {
  if (!needsDecoding.test(value)) return value;
  if (notPrintable.test(value)) return undefined;
  const unquoted = value.includes('"') ? unquote(value) : value;
  try {
    return unquoted && decodeURIComponent(unquoted);
  } catch {
    return undefined;
  }
}

/** Undoes quoted strings (RFC 7230 §3.2.6). */
function unquote(value: string): string | undefined {
  let text = '';
  let isQuoted = false;
  for (let index = 0; index < value.length; index += 1) {
    const character = value.charAt(index);
    if (character === '"') {
      isQuoted = !isQuoted;
    } else if (character === '\\' && isQuoted) {
      index += 1;
      text += value.charAt(index);
    } else {
      text += character;
    }
  }
  return isQuoted ? undefined : text;
}
