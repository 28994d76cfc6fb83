import { numberKey, pageQuery, toPage, writeCursor } from './paging';
import { z } from 'zod';

const query = pageQuery({ reason: z.string().optional() }, numberKey);

/** The fields that are wrong. */
const wrongIn = (asked: object) => query.safeParse(asked).error?.issues.map(({ path }) => path.join('.'));

describe('the query of a list', () => {
  it('asks for fifty, the first ones first, unless it says otherwise', () => {
    expect(query.parse({})).toEqual({ limit: 50, order: 'asc' });
    expect(query.parse({ limit: '1000', order: 'desc', offset: '20', reason: 'poison' })).toEqual({
      limit: 1000,
      order: 'desc',
      offset: 20,
      reason: 'poison',
    });
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '1001' }],
    ['order', { order: 'up' }],
    ['offset', { offset: '-1' }],
    ['offset', { offset: '1', cursor: writeCursor('7') }],
    ['cursor', { cursor: writeCursor('no number') }],
    ['cursor', { cursor: `${writeCursor('7')}=` }],
    ['', { unknown: '1' }],
  ])('names %s when it is wrong: %j', (field, asked) => {
    expect(wrongIn(asked)).toEqual([field]);
  });
});

describe('a page', () => {
  const keyOf = (item: number) => item;

  it('is gone on with after its last item, where one more was found', () => {
    const { items, nextCursor } = toPage([4, 5, 6], 2, keyOf);

    expect(items).toEqual([4, 5]);
    expect(query.parse({ cursor: nextCursor })).toMatchObject({ cursor: '5' });
  });

  it.each([[[4, 5]], [[4]], [[]]])('is the last one when no more was found: %j', (found: number[]) => {
    expect(toPage(found, 2, keyOf)).toEqual({ items: found, nextCursor: null });
  });
});
