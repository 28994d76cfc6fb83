const token = "[\\w!#$%&'*+\\-.^`{|}~]+";
const quoted = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"';
const mediaType = new RegExp(`^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|${quoted}))*$`);

const jsonType = /^[^/;]+\/(?:[^;]*\+)?json[ \t]*(?:;|$)/i;
const textType =
  /^(?:text\/|application\/(?:xml|(?:x-)?javascript|ecmascript|x-www-form-urlencoded|(?:x-)?yaml|toml|sql|graphql|(?:x-)?ndjson|json-seq)[ \t]*(?:;|$)|[^/;]+\/[^;]*\+(?:xml|yaml)[ \t]*(?:;|$))/i;

/** Whether `text` is a media type with or without parameters, as RFC 2046 (with the grammar of RFC 2045 §5.1) has it. */
export function isMediaType(text: string): boolean {
  return text === 'application/json' || mediaType.test(text);
}

/** Whether data of this type is a JSON value: the subtype is `json` or ends with `+json` (JSON format §3.1.1). */
export function isJsonMediaType(datacontenttype: string): boolean {
  return datacontenttype === 'application/json' || jsonType.test(datacontenttype);
}

/** Whether data of this type is text though not JSON: `text/*`, XML, forms, scripts and their like. */
export function isTextMediaType(datacontenttype: string): boolean {
  return textType.test(datacontenttype) && !isJsonMediaType(datacontenttype);
}
