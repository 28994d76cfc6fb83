import { leaseAt, releaseLease, renewLease, type Lease, type LeaseStatus } from './lease';

const at = (ms: number) => new Date(ms);
const lease = (status: LeaseStatus): Lease => ({
  id: 'lease-1',
  resourceId: 'printer',
  colleagueId: 'ann',
  amount: 1,
  token: 7,
  status,
  leaseMs: 100,
  grantedAt: at(0),
  leaseUntil: at(100),
});

describe('a lease', () => {
  it.each([
    ['held', 99, 'held'],
    ['held', 100, 'expired'],
    ['released', 100, 'released'],
    ['expired', 99, 'expired'],
  ] as const)('that was %s is, at %d of 100 ms, %s', (written, now, status) => {
    expect(leaseAt(lease(written), at(now)).status).toBe(status);
  });

  it.each([
    ['held', 7, 99, 'held until 199'],
    ['held', 7, 100, 'refused'],
    ['held', 6, 50, 'refused'],
    ['released', 7, 50, 'refused'],
    ['expired', 7, 50, 'refused'],
  ] as const)('that is %s, renewed with token %d at %d of 100 ms, is %s', (status, token, now, outcome) => {
    const renewed = renewLease(lease(status), { token }, at(now));

    expect(renewed ? `${renewed.status} until ${renewed.leaseUntil.getTime()}` : 'refused').toBe(outcome);
  });

  it('is renewed for the time asked for, which it keeps', () => {
    const once = renewLease(lease('held'), { token: 7, leaseMs: 500 }, at(50));
    const twice = once && renewLease(once, { token: 7 }, at(400));

    expect(twice?.leaseUntil).toEqual(at(900));
  });

  it.each([
    ['held', 7, 99, 'released at 99'],
    ['held', 7, 100, 'refused'],
    ['held', 6, 50, 'refused'],
    ['released', 7, 150, 'released at 100'],
    ['expired', 7, 50, 'refused'],
  ] as const)(
    'that is %s, given back with token %d at %d of 100 ms, is %s',
    (status, token, now, outcome) => {
      const released = releaseLease(lease(status), token, at(now));

      expect(released ? `${released.status} at ${released.leaseUntil.getTime()}` : 'refused').toBe(outcome);
    },
  );
});
