import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { useRebuilds } from './rebuild-fixture';
import { newId, orderPlacedEvent } from './samples';

describeOnEveryDatabase('a rebuild', (_open, underTest) => {
  const fixture = useRebuilds(underTest);
  const { begin, until, rebuild, request, byHand, placeThree } = fixture;

  it('waits for the event store, saying so, and goes on when it is back', async () => {
    await placeThree();
    fixture.store.isThere = false;

    const location = await begin();

    await until(location, {
      status: 'running',
      error: expect.stringContaining('503') as string,
      finished_at: null,
    });
    fixture.store.isThere = true;
    await until(location, { status: 'completed', error: null });
  });

  it('is refused while another has not ended', async () => {
    fixture.store.isThere = false;
    const location = await begin();

    const refused = await request('/analytics/rebuild', 'POST');

    const { id } = await until(location, { status: 'running' });
    expect(expectProblem(refused, 409)).toMatchObject({ code: 'already-running', id });
  });

  it('can be given up: everything stays as it is, and the next one may begin', async () => {
    await placeThree();
    await byHand('update order_totals set total_orders = 7');
    fixture.store.isThere = false;
    const location = await begin();
    await until(location, { error: expect.any(String) as string });

    const cancelled = await request(`${location}/cancel`, 'POST');

    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: 'cancelled', error: null, finished_at: expect.any(String) as string },
    });
    fixture.store.isThere = true;
    expect(await rebuild()).toMatchObject({ difference: { before: { total_orders: 7 } } });
    await until(location, { status: 'cancelled', difference: null });
  });

  it('leaves no tables behind', async () => {
    await placeThree();
    await rebuild();

    await eventually(() => expect(byHand('select * from rebuild_order_metrics')).rejects.toThrow());
  });

  it('cannot be given up when it is completed, nor found under another id', async () => {
    await placeThree();
    const { id } = await rebuild();

    expectProblem(await request(`/analytics/rebuild/${id}/cancel`, 'POST'), 409);
    expectProblem(await request('/analytics/rebuild/unknown'), 404);
    expectProblem(await request('/analytics/rebuild/unknown/cancel', 'POST'), 404);
  });

  it('takes nothing but shadow', async () => {
    const refused = await request('/analytics/rebuild', 'POST', { shadow: 'yes', speed: 1 });

    expect(
      expectProblem(refused, 400)
        .errors?.map(({ field }) => field)
        .sort(),
    ).toEqual(['shadow', 'speed']);
  });

  it('is begun again, from scratch, by another instance when its own one stops half-way', async () => {
    const { store, system } = fixture;
    await placeThree();
    store.append(...Array.from({ length: 1_500 }, () => orderPlacedEvent(newId())));
    store.onList = (fromPosition) => {
      if (fromPosition >= 1_000) store.isThere = false;
    };
    const location = await begin();
    await until(location, { processed: 1_000, error: expect.any(String) as string });

    await system.analytics.stop();
    store.onList = () => undefined;
    store.isThere = true;
    await system.addInstance();

    await until(location, { status: 'completed', processed: 1_503 + 1 });
  });
});
