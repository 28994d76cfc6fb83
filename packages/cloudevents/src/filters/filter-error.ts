import { AppError } from '@fanfare/core';

/** Where in a text something is: `offset` counts from 0, `line` and `column` from 1, all in UTF-16 units. */
export interface TextPosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** The input is not a filter; `path` leads to the wrong part, `position` to the character in an SQL expression. */
export class FilterError extends AppError {
  constructor(
    message: string,
    readonly path: string,
    readonly position?: TextPosition,
    options?: ErrorOptions,
  ) {
    super('invalid', message, options);
  }
}
