import * as fc from 'fast-check';
import { loggedHistory } from '../../test/logged-history';
import { foldEvents as fold } from './testing/fold-events';

describe('a fold that goes on from a snapshot', () => {
  const verbs = [
    'created',
    'updated',
    'deleted',
    'activated',
    'deactivated',
    'status_changed',
    'completed',
    'x',
  ];
  const happening = fc.record({
    name: fc.oneof(
      fc
        .tuple(fc.constantFrom('user', 'order', 'payment', 'custom'), fc.constantFrom(...verbs))
        .map((name) => name.join('.')),
      fc.constant('custom'),
    ),
    data: fc.oneof(
      fc.dictionary(
        fc.constantFrom(
          'status',
          'email',
          'amount',
          'user_id',
          'customer_id',
          'new_status',
          'changes',
          'other',
        ),
        fc.jsonValue({ maxDepth: 2 }),
      ),
      fc.jsonValue({ maxDepth: 1 }),
    ),
    metadata: fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue({ maxDepth: 1 })),
    isErased: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  });

  it('gives at every version what a fold of the whole history gives', () => {
    const type = fc.constantFrom('user', 'order', 'payment', 'custom', 'other');
    fc.assert(
      fc.property(type, fc.array(happening, { minLength: 1, maxLength: 12 }), (type, happenings) => {
        const history = loggedHistory({ id: 'a-1', type }, happenings);
        const whole = fold(history);
        for (let cut = 1; cut <= history.length; cut += 1) {
          const snapshot = fold(history.slice(0, cut));
          expect(fold(history.slice(cut), snapshot)).toEqual(whole);
        }
      }),
    );
  });
});
