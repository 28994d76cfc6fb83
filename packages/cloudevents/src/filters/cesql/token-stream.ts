import type { FilterError, TextPosition } from '../filter-error';
import { parseError } from './cesql-error';
import { readTokens, type Token } from './tokens';

const longestQuote = 40;

/** The tokens that are still to be parsed, read by one parser. */
export interface TokenStream {
  /** The next token, which stays. */
  peek(): Token;
  /** Takes the next token; the end can be taken again and again. */
  take(): Token;
  /** Takes the next token when it is one of these keywords and symbols. */
  takeOneOf<Operator extends string>(
    operators: readonly Operator[],
  ): { readonly operator: Operator; readonly position: TextPosition } | undefined;
  /** Takes this keyword or symbol; throws `FilterError` when something else is next. */
  expect(operator: string): void;
}

/** Hands out the tokens of `text` one after the other; throws `FilterError` when it has a part that is no token. */
export function createTokenStream(text: string): TokenStream {
  const { tokens, end } = readTokens(text);
  let at = 0;
  const peek = () => tokens[at] ?? end;
  const stream: TokenStream = {
    peek,
    take: () => {
      const token = peek();
      at += 1;
      return token;
    },
    takeOneOf: (operators) => {
      const { kind, text, position } = peek();
      if (kind !== 'keyword' && kind !== 'symbol') return undefined;
      const operator = operators.find((candidate) => candidate === text);
      if (operator === undefined) return undefined;
      at += 1;
      return { operator, position };
    },
    expect: (operator) => {
      if (stream.takeOneOf([operator]) === undefined) throw unexpected(`"${operator}"`, peek());
    },
  };
  return stream;
}

/** The error of a token that stands where something else is expected. */
export function unexpected(expected: string, found: Token): FilterError {
  return parseError(`expected ${expected} but found ${describe(found)}`, found.position);
}

function describe({ kind, text }: Token): string {
  if (kind === 'end') return 'the end of the expression';
  if (kind === 'string') return 'a string';
  return text.length > longestQuote ? `"${text.slice(0, longestQuote)}…"` : `"${text}"`;
}
