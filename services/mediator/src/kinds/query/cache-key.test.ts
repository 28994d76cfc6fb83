import { cacheKeyOf } from './cache-key';

const query = {
  type: 'get_user',
  body: { id: 1, deep: { a: 1, b: 2 } },
  recipientIds: ['b'],
  isBroadcast: false,
};

describe('the cache key of a query', () => {
  it('is the same however its data is written', () => {
    const body = { deep: { b: 2, a: 1 }, id: 1 };

    expect(cacheKeyOf({ ...query, body })).toBe(cacheKeyOf(query));
  });

  it.each([
    [{ type: 'get_users' }],
    [{ body: { id: 2 } }],
    [{ body: null }],
    [{ recipientIds: ['c'] }],
    [{ recipientIds: ['b', 'c'] }],
    [{ isBroadcast: true }],
  ])('is another for %j', (parts) => {
    expect(cacheKeyOf({ ...query, ...parts })).not.toBe(cacheKeyOf(query));
  });
});
