import { findCycle } from './find-cycle';

const arrows: Readonly<Record<string, readonly string[]>> = {
  alone: [],
  self: ['self'],
  a: ['alone', 'b', 'c'],
  b: ['c'],
  c: ['unknown', 'a'],
  behind: ['a'],
};

describe('a cycle', () => {
  it.each([
    ['alone', null],
    ['self', ['self', 'self']],
    ['a', ['a', 'c', 'a']],
    ['b', ['b', 'c', 'a', 'b']],
    ['behind', null],
  ])('through %s is %j', (start, cycle) => {
    expect(findCycle(start, (node) => arrows[node] ?? [])).toEqual(cycle);
  });
});
