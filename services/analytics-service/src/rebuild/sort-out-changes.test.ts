import { moved, placed, sampleOrder } from '../../test/samples';
import { sortOutChanges } from './sort-out-changes';

describe('changes of a log', () => {
  const first = placed(sampleOrder('o-1'));
  const other = placed(sampleOrder('o-1', { quantity: 9 }));
  const confirmed = moved('o-1', 'confirmed');

  it('count when their order is placed by the same batch, earlier or later', () => {
    expect(sortOutChanges([confirmed, first], new Map())).toEqual({
      countable: [first, confirmed],
      early: [],
      contradicting: [],
    });
  });

  it('count when their order is known', () => {
    const known = new Map([['o-1', sampleOrder('o-1', { status: 'shipped' })]]);

    expect(sortOutChanges([first, confirmed], known).countable).toEqual([first, confirmed]);
  });

  it('are early when their order is not', () => {
    expect(sortOutChanges([confirmed], new Map()).early).toEqual([confirmed]);
  });

  it('contradict when they place an order another way than it was placed before', () => {
    expect(sortOutChanges([first, other, first], new Map())).toEqual({
      countable: [first, first],
      early: [],
      contradicting: [other],
    });
  });
});
