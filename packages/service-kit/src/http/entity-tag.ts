/** The strong entity tag of a version (RFC 9110 §8.8.3). */
export function toEntityTag(version: number): string {
  return `"${version}"`;
}

const entityTagList = /^\s*(?:(?:W\/)?"[^"]*"\s*(?:,\s*|$))+$/;
const entityTag = /(W\/)?("[^"]*")/g;

/**
 * Whether an `If-Match` header lets a change of this version through (§13.1.1): `*`, or a list with its tag. Weak tags
 * do not count, since a change must not be based on something that was only about the same.
 */
export function isMatch(ifMatch: string, version: number): boolean {
  return ifMatch.trim() === '*' || tagsOf(ifMatch).includes(toEntityTag(version));
}

/** Whether an `If-None-Match` header says that the client has this version (§13.1.2); here weak tags count too. */
export function isKnownToClient(ifNoneMatch: string, version: number): boolean {
  const tag = toEntityTag(version);
  return (
    ifNoneMatch === tag ||
    ifNoneMatch.trim() === '*' ||
    tagsOf(ifNoneMatch, { isWeakAllowed: true }).includes(tag)
  );
}

/** What is no list of tags matches nothing. */
function tagsOf(header: string, { isWeakAllowed = false } = {}): string[] {
  if (!entityTagList.test(header)) return [];
  return [...header.matchAll(entityTag)].flatMap(([, weak, tag = '']) =>
    weak === undefined || isWeakAllowed ? [tag] : [],
  );
}
