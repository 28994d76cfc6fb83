import type { TextPosition } from '../filter-error';
import { parseError } from './cesql-error';

/**
 * A piece of an expression. `text` is what stands there, but in capitals for a keyword, and without quotes and
 * escapes for a string.
 */
export interface Token {
  readonly kind: 'word' | 'keyword' | 'integer' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly position: TextPosition;
}

const keywords = new Set(['AND', 'OR', 'XOR', 'NOT', 'LIKE', 'EXISTS', 'IN', 'TRUE', 'FALSE']);

const word = /([A-Za-z0-9][A-Za-z0-9_]*)/;
const string = /('[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")/;
const symbol = /(<=|>=|<>|!=|[-+*/%=<>(),])/;
const lexeme = new RegExp(`[ \\t\\r\\n]*(?:${word.source}|${string.source}|${symbol.source}|(.)|$)`, 'gsuy');

/** Splits an expression into its tokens and its end. Throws `FilterError` at what is no token. */
export function readTokens(text: string): { readonly tokens: readonly Token[]; readonly end: Token } {
  const locate = createLocator(text);
  const tokens: Token[] = [];
  for (const { 0: match, 1: word, 2: string, 3: symbol, 4: misfit, index } of text.matchAll(lexeme)) {
    const piece = word ?? string ?? symbol ?? misfit ?? '';
    const position = locate(index + match.length - piece.length);
    if (misfit !== undefined) throw parseError(describeMisfit(misfit), position);
    if (word !== undefined) tokens.push(toWord(word, position));
    if (string !== undefined) tokens.push({ kind: 'string', text: unquote(string), position });
    if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, position });
  }
  return { tokens, end: { kind: 'end', text: '', position: locate(text.length) } };
}

function toWord(text: string, position: TextPosition): Token {
  if (/^[0-9]+$/.test(text)) return { kind: 'integer', text, position };
  const keyword = text.toUpperCase();
  return keywords.has(keyword)
    ? { kind: 'keyword', text: keyword, position }
    : { kind: 'word', text, position };
}

/** Only the quote that ends a string can be escaped in it (§2.2); every other `\` stands for itself. */
function unquote(string: string): string {
  const quote = string.charAt(0);
  return string.slice(1, -1).replaceAll(`\\${quote}`, quote);
}

function describeMisfit(character: string): string {
  return character === '"' || character === "'"
    ? 'the string is not closed'
    : `unexpected character "${character}"`;
}

/** Finds the line and column of offsets that only grow, in one pass over the text. */
function createLocator(text: string): (offset: number) => TextPosition {
  let line = 1;
  let lineStart = 0;
  let lineEnd = text.indexOf('\n');
  return (offset) => {
    while (lineEnd !== -1 && lineEnd < offset) {
      line += 1;
      lineStart = lineEnd + 1;
      lineEnd = text.indexOf('\n', lineStart);
    }
    return { offset, line, column: offset - lineStart + 1 };
  };
}
