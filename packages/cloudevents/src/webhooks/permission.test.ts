import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { useServers, type Reply, type SentRequest } from '../testing/use-servers';
import { createPermission, standingPermission, type PermissionOptions } from './permission';

describe('permission to send', () => {
  const servers = useServers();
  const granted: Reply = {
    status: 200,
    headers: { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '60' },
  };
  const never = new AbortController().signal;
  let clock: VirtualClock;
  beforeEach(() => {
    clock = createVirtualClock();
  });

  async function ask(answer: () => Reply, options: Partial<PermissionOptions> = {}) {
    const take = jest.fn<Reply, [SentRequest]>(answer);
    const url = await servers.answer(take);
    const common = { clock, random: () => 0, origin: 'shop.example', timeoutMs: 60_000 };
    return { take, permission: createPermission(url, { ...common, allowsAddress: () => true, ...options }) };
  }

  it('is asked for once, and goes with each request', async () => {
    const { permission, take } = await ask(() => granted);

    await Promise.all([permission.permit(never), permission.ask(never)]);

    expect(take).toHaveBeenCalledTimes(1);
    expect(permission.isRefused()).toBe(false);
    expect(permission.headers()).toEqual({ 'webhook-request-origin': 'shop.example' });
  });

  it('is asked for again and again until it is given', async () => {
    let answer: Reply = { status: 405 };
    const { permission } = await ask(() => answer);
    expect(await permission.ask(never)).toBe(
      'the receiver has not permitted to be sent events: answered 405',
    );
    expect(permission.isRefused()).toBe(true);

    const permitted = permission.permit(never);
    answer = granted;
    await eventually(async () => {
      await clock.advance(1_000);
      expect(permission.isRefused()).toBe(false);
    });

    await permitted;
  });

  it('spaces requests by the rate that was granted', async () => {
    const { permission } = await ask(() => granted);
    const done: number[] = [];
    await permission.permit(never);

    const second = permission.permit(never).then(() => done.push(2));
    await clock.advance(999);
    expect(done).toEqual([]);
    await clock.advance(1);

    await second;
  });

  it('is not asked for when others know it, and others get to know it', async () => {
    const known = await ask(() => granted, { recall: () => Promise.resolve({ rate: 'unlimited' }) });
    expect(await known.permission.ask(never)).toBeNull();
    expect(known.take).not.toHaveBeenCalled();

    const remember = jest.fn(() => Promise.resolve());
    const callback = 'https://shop.example/callback';
    const recall = () => Promise.resolve({ rate: null, callback });
    const unknown = await ask(() => granted, { recall, remember });
    expect(await unknown.permission.ask(never)).toBeNull();
    expect(remember).toHaveBeenCalledWith(60);
    expect(unknown.take.mock.calls[0]?.[0].headers['webhook-request-callback']).toBe(callback);
  });

  it('need not be asked for where it stands', async () => {
    await standingPermission.permit(never);

    expect(await standingPermission.ask(never)).toBeNull();
    expect(standingPermission.headers()).toEqual({});
  });
});
