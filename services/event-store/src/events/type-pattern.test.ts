import { parseTypePattern } from './type-pattern';

describe('a pattern of types', () => {
  it.each([
    ['order.created', 'com.fanfare.order.created.v1', true],
    ['order.created', 'com.fanfare.order.created.v2', true],
    ['order.created', 'com.fanfare.order.confirmed.v1', false],
    ['order_created', 'com.fanfare.order.created.v1', true],
    ['OrderCreated', 'com.fanfare.order.created.v1', true],
    ['com.fanfare.order.created.v1', 'com.fanfare.order.created.v1', true],
    ['com.fanfare.order.created.v1', 'com.fanfare.order.created.v2', false],
    ['order.*', 'com.fanfare.order.created.v1', true],
    ['order.*', 'order.unheard_of', true],
    ['order.*', 'com.fanfare.orders.v1', false],
    ['com.fanfare.order.*', 'com.fanfare.order.created.v1', true],
    ['*', 'anything', true],
    ['my.own', 'my.own', true],
    ['my.own', 'my.own.too', false],
    ['custom', 'custom', true],
  ])('%s and %s: %s', (pattern, type, expected) => {
    expect(parseTypePattern(pattern).matches(type)).toBe(expected);
  });

  it.each(['', '*.created', 'order.*.v1', '**'])('cannot be "%s"', (text) => {
    expect(() => parseTypePattern(text)).toThrow('a * may only stand at the end');
  });
});
