import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openDelivering, type Delivering } from './support/delivering';
import { openReceiver } from './support/open-receiver';

describe('the circuit breaker of an observer', () => {
  let clock: VirtualClock;
  let t: Delivering;

  beforeEach(async () => {
    clock = createVirtualClock();
    t = await openDelivering({}, { clock });
    t.receiver.answer(() => 500);
  });
  afterEach(() => t[Symbol.asyncDispose]());

  const breakers = async () => {
    const { body } = await t.store.get('/circuit-breaker/status');
    return (body as { observers: Readonly<Record<string, unknown>> }).observers;
  };
  const opened = () =>
    eventually(async () => {
      expect(await t.observer()).toMatchObject({ blocked_reason: 'breaker_open' });
    });
  /** Five events that fail open it; further ones stay where they are. */
  const open = async () => {
    await t.observe();
    await t.publishAll(['e-1', 'e-2', 'e-3', 'e-4', 'e-5']);
    await opened();
    await t.publishAll(['e-6', 'e-7']);
  };

  it('opens after five failures in a row, and then nothing is tried and no attempt is spent', async () => {
    await open();

    await clock.advance(59_000);

    expect(t.receiver.ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5']);
    expect(await t.observer()).toMatchObject({ cursor: 5, waiting: 5, dead_letters: 0 });
    expect((await t.store.request('/metrics')).body).toContain('\nobserver_breakers_open 1\n');
    expect(await breakers()).toEqual({
      billing: {
        state: 'open',
        failure_count: 5,
        last_failure: '2026-01-01T00:00:00.000Z',
        next_attempt: '2026-01-01T00:01:00.000Z',
        success_count: 0,
        timeout: 60_000,
      },
    });
  });

  it('lets one probe through when its time is over, and opens again when that fails', async () => {
    await open();

    await clock.advance(60_000);
    await eventually(() => {
      expect(t.receiver.requests).toHaveLength(6);
    });
    await eventually(async () => {
      expect(await breakers()).toMatchObject({ billing: { state: 'open', failure_count: 6 } });
    });
    await clock.advance(59_000);
    expect(t.receiver.requests).toHaveLength(6);
  });

  it('closes when the probe succeeds, and everything that waited goes out', async () => {
    await open();
    t.receiver.answer(() => 204);

    await clock.advance(60_000);

    await eventually(async () => {
      await clock.advance(1_000);
      expect(await t.observer()).toMatchObject({ cursor: 7, waiting: 0, blocked_reason: null });
    });
    expect(new Set(t.receiver.ids()).size).toBe(7);
    expect(await breakers()).toMatchObject({
      billing: { state: 'closed', failure_count: 0, success_count: 7 },
    });
  });

  it('ends in disabling an observer that fails for as long as is allowed; enabled again, it has that time anew', async () => {
    await t[Symbol.asyncDispose]();
    t = await openDelivering({ OBSERVER_DISABLE_AFTER: '3m' }, { clock });
    t.receiver.answer(() => 500);
    await open();
    const probed = async (requests: number) => {
      await clock.advance(60_000);
      await eventually(() => {
        expect(t.receiver.requests).toHaveLength(requests);
      });
      await eventually(async () => {
        expect(await breakers()).toMatchObject({ billing: { failure_count: requests } });
      });
    };
    const isEnabled = async () => (await t.observer())['enabled'];
    await probed(6);
    await probed(7);
    expect(await isEnabled()).toBe(true);
    await probed(8);
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ enabled: false, blocked_reason: 'disabled' });
    });

    await t.change('PATCH', '/observers/billing', { enabled: true });
    await probed(9);
    expect(await isEnabled()).toBe(true);
    t.receiver.answer(() => 204);

    await eventually(async () => {
      await clock.advance(1_000);
      expect(await t.observer()).toMatchObject({ cursor: 7, waiting: 0, blocked_reason: null });
    });
  });

  it('can be closed by hand, for one observer or for all, and what waits goes out at once', async () => {
    await open();
    t.receiver.answer(() => 204);

    expect((await t.change('POST', '/circuit-breaker/reset', { observer_id: 'nobody' })).status).toBe(404);
    expect((await t.change('POST', '/circuit-breaker/reset')).status).toBe(200);

    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ cursor: 7, waiting: 0, blocked_reason: null });
    });
  });

  it('stops no other observer', async () => {
    const healthy = await openReceiver();
    await t.observe({ id: 'healthy', endpoint: healthy.url });
    await open();

    await eventually(() => {
      expect(healthy.ids()).toHaveLength(7);
    });
    expect(await breakers()).toMatchObject({ billing: { state: 'open' }, healthy: { state: 'closed' } });
    await healthy.close();
  });
});
