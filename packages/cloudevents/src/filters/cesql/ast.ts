import type { TextPosition } from '../filter-error';
import type { CesqlValue } from './types';

/** Operators of booleans. */
export type LogicOperator = 'AND' | 'OR' | 'XOR';

/** Operators that tell how two values compare. */
export type ComparisonOperator = '=' | '!=' | '<>' | '<' | '<=' | '>' | '>=';

/** Operators of integers. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** An expression as a tree; `position` is the place in the text to which the errors of a part point. */
export type Expression =
  | Part<{ readonly kind: 'literal'; readonly value: CesqlValue }>
  | Part<{ readonly kind: 'attribute' | 'exists'; readonly name: string }>
  | Part<{ readonly kind: 'call'; readonly name: string; readonly operands: readonly Expression[] }>
  | Part<{ readonly kind: 'not'; readonly operand: Expression }>
  | Part<{
      readonly kind: 'logic';
      readonly operator: LogicOperator;
      readonly operands: readonly Expression[];
    }>
  | Part<{ readonly kind: 'comparison'; readonly operator: ComparisonOperator } & Sides>
  | Part<{ readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator } & Sides>
  | Part<{ readonly kind: 'like'; readonly matches: (text: string) => boolean } & Negatable>
  | Part<{ readonly kind: 'in'; readonly elements: readonly Expression[] } & Negatable>;

type Part<Content> = Content & { readonly position: TextPosition };

interface Sides {
  readonly left: Expression;
  readonly right: Expression;
}

/** `negated` when `NOT` stands before the operator. */
interface Negatable {
  readonly operand: Expression;
  readonly negated: boolean;
}
