import { wholeNumber } from '../config/whole-number';
import { z } from 'zod';

const defaultLimit = 50;
const maxLimit = 1_000;

/** What every list is asked with; `cursor` is the key that `writeCursor` was given. */
export interface PageQuery {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** Goes on after the item with this key. */
  readonly cursor?: string | undefined;
  /** So many items are left out first; never together with a cursor. */
  readonly offset?: number | undefined;
}

/** The end of a page as clients carry it: opaque, so that what it is made of may change. */
export function writeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function readCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}

/** The query of a list: what all have, and `shape`. `keyPattern` is what keys of its cursors look like. */
export function pageQuery<Shape extends z.ZodRawShape>(shape: Shape, keyPattern: RegExp) {
  return z
    .strictObject({
      limit: wholeNumber({ min: 1, max: maxLimit })
        .prefault(String(defaultLimit))
        .meta({ default: defaultLimit }),
      order: z.enum(['asc', 'desc'], 'must be asc or desc').default('asc'),
      cursor: z
        .string()
        .refine((cursor) => {
          const key = readCursor(cursor);
          return keyPattern.test(key) && writeCursor(key) === cursor;
        }, 'must be the next_cursor of a page')
        .transform(readCursor)
        .optional(),
      offset: wholeNumber().optional(),
      ...shape,
    })
    .refine((query: object) => !('cursor' in query && 'offset' in query), {
      path: ['offset'],
      message: 'cannot be given together with cursor',
    });
}

/** Keys that are positions, versions or other whole numbers. */
export const numberKey = /^\d{1,16}$/;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Makes a page of what was found, which is one more than `limit` where there is more. */
export function toPage<Item>(
  found: readonly Item[],
  limit: number,
  keyOf: (item: Item) => string | number,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? writeCursor(String(keyOf(last))) : null };
}
