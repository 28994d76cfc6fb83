/** A media type and the charset of its text, both in lower case. */
export interface ContentType {
  readonly mediaType: string;
  /** `utf-8` when none is named. */
  readonly charset: string;
}

const parameter = /;[ \t]*([^\s;=]+)=(?:"([^"]*)"|([^\s;]*))/g;

/** Reads a `Content-Type` (RFC 9110 §8.3); of its parameters only the charset. */
export function parseContentType(contentType: string): ContentType {
  const end = contentType.indexOf(';');
  const mediaType = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return { mediaType, charset: end === -1 ? 'utf-8' : readCharset(contentType.slice(end)) };
}

function readCharset(parameters: string): string {
  for (const [, name, quoted, token = ''] of parameters.matchAll(parameter)) {
    if (name?.toLowerCase() === 'charset') return (quoted ?? token).toLowerCase();
  }
  return 'utf-8';
}
