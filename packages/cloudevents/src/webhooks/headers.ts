/** The headers of a request or an answer, names in lower case: what `node:http` gives. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a header without the space around it; undefined when it is absent or empty. */
export function readHeader(headers: HeaderFields, name: string): string | undefined {
  const value = headers[name];
  const text = (typeof value === 'string' ? value : value?.join(', '))?.trim();
  return text === '' ? undefined : text;
}
