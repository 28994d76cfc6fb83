/** What travels over HTTP: header names in lower case, the body as bytes or text. */
export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** Headers as they were received, names in any case; a header that came several times may be a list. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How one event is laid out: attributes in headers and data in the body, or all of it as JSON in the body. */
export type HttpMode = 'binary' | 'structured';
