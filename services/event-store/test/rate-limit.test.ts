import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
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

it('the rate limit of each key delays its own events, in their order, drops none, and holds back no others', async () => {
  const clock = createVirtualClock();
  await using t = await openDelivering({}, { clock });
  await t.observe({ rate_limit: { per_second: 2, per_key: 'customer' } });
  const of = (customer: string) => ({ data: { customer } });
  await t.publishAll(['a-1', 'a-2', 'a-3'], of('a'));
  await t.publishAll(['b-1', 'b-2'], of('b'));
  await t.received('a-1', 'b-1');
  await eventually(async () => {
    expect(await t.observer()).toMatchObject({ waiting: 3, lag: 0 });
  });

  await clock.advance(499);
  expect(t.receiver.ids()).toEqual(['a-1', 'b-1']);
  await clock.advance(1);
  await eventually(() => {
    expect(t.receiver.ids().slice(2).toSorted()).toEqual(['a-2', 'b-2']);
  });
  await clock.advance(500);
  await eventually(() => {
    expect(t.receiver.ids().slice(4)).toEqual(['a-3']);
  });
  expect(await t.deliveries()).toHaveLength(5);
});

it('a key with more events than are read at a time holds back no others', async () => {
  await using t = await openDelivering();
  await t.observe({ rate_limit: { per_second: 0.01, per_key: 'customer' } });

  await t.publishAll(
    Array.from({ length: 400 }, (_, index) => `slow-${index}`),
    { data: { customer: 'slow' } },
  );
  await t.publish('quick', { data: { customer: 'quick' } });

  await t.received('slow-0', 'quick');
});

it('the events of one subject keep their order under the rate limit of their key', async () => {
  await using t = await openDelivering();
  await t.observe({ rate_limit: { per_second: 100, per_key: 'customer' }, concurrency: 5 });
  const ids = Array.from({ length: 40 }, (_, index) => `e-${index}`);
  const subjectOf = (index: number) => `s-${index % 3}`;

  for (const [index, id] of ids.entries()) {
    await t.publish(id, { subject: subjectOf(index), data: { customer: `c-${index % 2}` } });
  }

  await eventually(() => {
    expect(t.receiver.ids()).toHaveLength(40);
  });
  for (const subject of ['s-0', 's-1', 's-2']) {
    const isOfSubject = (id: string) => subjectOf(ids.indexOf(id)) === subject;
    expect(t.receiver.ids().filter(isOfSubject)).toEqual(ids.filter(isOfSubject));
  }
});
