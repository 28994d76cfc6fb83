import { createVirtualClock } from '@fanfare/core';
import { openDelivering } from './support/delivering';

it('the rate limit of an observer delays its events and drops none', async () => {
  const clock = createVirtualClock();
  await using t = await openDelivering({}, { clock });
  await t.observe({ rate_limit: { per_second: 2 } });
  await t.publishAll(['e-1', 'e-2', 'e-3']);
  await t.received('e-1');

  await clock.advance(499);
  expect(t.receiver.ids()).toEqual(['e-1']);
  await clock.advance(1);
  await t.received('e-1', 'e-2');
  await clock.advance(500);
  await t.received('e-1', 'e-2', 'e-3');
});
