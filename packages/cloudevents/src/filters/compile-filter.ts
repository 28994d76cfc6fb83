import { AppError } from '@fanfare/core';
import type { CloudEvent } from '../event/cloud-event';

/**
 * A filter of the CloudEvents Subscriptions API (v1.0, §3.2.4): one dialect and its argument. A filter that is
 * evaluated against an attribute that the event lacks is false.
 */
export type Filter =
  | { readonly exact: Readonly<Record<string, string>> }
  | { readonly prefix: Readonly<Record<string, string>> }
  | { readonly suffix: Readonly<Record<string, string>> }
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly sql: string };

/** The input is not a filter; `path` leads to the wrong part, `position` to the character in an SQL expression. */
export class FilterError extends AppError {
  constructor(
    message: string,
    readonly path: string,
    readonly position?: { readonly offset: number; readonly line: number; readonly column: number },
    options?: ErrorOptions,
  ) {
    super('invalid', message, options);
  }
}

/**
 * Compiles filters, all of which must hold, to one closure; no filters let everything pass. The input may come from
 * outside: whatever is wrong with it throws `FilterError`.
 */
export function compileFilter(filters: unknown): (event: CloudEvent) => boolean {
  throw new AppError('internal', `not written yet: ${String(filters)}`);
}
