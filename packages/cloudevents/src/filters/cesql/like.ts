/** More characters than this may not stand in one `LIKE` pattern that has a `_`. */
export const maxLikeCharacters = 1_024;

/** Stands for `_` among the characters of a pattern. */
const anyCharacter = '';

const escape = /^\\([%_])$/;

/** The characters between two `%` of a pattern. */
type Part = readonly string[];

/**
 * Compiles a pattern of the `LIKE` operator (CESQL 1.0, §3.4.3): `%` stands for any characters, `_` for one, and `\`
 * makes either literal. Matching never backtracks: its time grows with the length of the text alone. Throws
 * `RangeError` for a pattern beyond `maxLikeCharacters`.
 */
export function compileLike(pattern: string): (text: string) => boolean {
  const parts = splitPattern(pattern);
  return parts.some((part) => part.includes(anyCharacter))
    ? matchCharacters(parts)
    : matchLiterals(parts.map((part) => part.join('')));
}

function splitPattern(pattern: string): readonly Part[] {
  let part: string[] = [];
  const parts = [part];
  for (const [token] of pattern.matchAll(/\\[%_]|./gsu)) {
    if (token === '%') parts.push((part = []));
    else part.push(token === '_' ? anyCharacter : token.replace(escape, '$1'));
  }
  return parts;
}

function matchLiterals([first = '', ...middle]: readonly string[]): (text: string) => boolean {
  const last = middle.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const literal of middle) {
      const found = text.indexOf(literal, at);
      if (found === -1) return false;
      at = found + literal.length;
    }
    return at <= end;
  };
}

/**
 * Follows all ways to match at once: bit `i` of `reached` says that the text so far matches the first `i` characters
 * of the pattern.
 */
function matchCharacters(parts: readonly Part[]): (text: string) => boolean {
  const characters = parts.flat();
  const { length } = characters;
  if (length > maxLikeCharacters) {
    throw new RangeError(`a LIKE pattern with "_" has at most ${maxLikeCharacters} characters`);
  }
  const resting = restingPlaces(parts);
  const accepting = acceptingPlaces(characters);
  const acceptingAny = accepting.get(anyCharacter) ?? createBits(length);
  const reached = createBits(length);

  return (text) => {
    reached.fill(0);
    setBit(reached, 0);
    for (const character of text) advance(reached, accepting.get(character) ?? acceptingAny, resting);
    return hasBit(reached, length);
  };
}

/** Moves every place that accepts the character by one; a place with a `%` stays as well. */
function advance(reached: Uint32Array, accepting: Uint32Array, resting: Uint32Array): void {
  let carry = 0;
  for (let word = 0; word < reached.length; word += 1) {
    const places = reached[word] ?? 0;
    const moving = places & (accepting[word] ?? 0);
    reached[word] = (moving << 1) | carry | (places & (resting[word] ?? 0));
    carry = moving >>> 31;
  }
}

/** For each character of the pattern, the places at which it may come next: where it stands itself, or a `_`. */
function acceptingPlaces(characters: Part): ReadonlyMap<string, Uint32Array> {
  const accepting = new Map(characters.map((character) => [character, createBits(characters.length)]));
  characters.forEach((expected, place) => {
    for (const [character, places] of accepting) {
      if (expected === character || expected === anyCharacter) setBit(places, place);
    }
  });
  return accepting;
}

/** The places at which any character may come: those with a `%`. */
function restingPlaces(parts: readonly Part[]): Uint32Array {
  const resting = createBits(parts.flat().length);
  let place = 0;
  for (const part of parts.slice(0, -1)) {
    place += part.length;
    setBit(resting, place);
  }
  return resting;
}

function createBits(highest: number): Uint32Array {
  return new Uint32Array((highest >>> 5) + 1);
}

function setBit(bits: Uint32Array, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
}

function hasBit(bits: Uint32Array, place: number): boolean {
  return ((bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
}
