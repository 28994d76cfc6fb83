import type { Failure } from '../../failure';
import {
  expire,
  failTry,
  markDelivered,
  markRead,
  nextDue,
  notificationStatuses,
  type Notification,
  type NotificationStatus,
} from './notification';

const at = (ms: number) => new Date(ms);
const broken: Failure = { code: 'broken', message: 'it broke', retryable: true };
const retry = { max_attempts: 2, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 };
const random = () => 1;
const notification = (settings: Partial<Notification> = {}): Notification => ({
  id: 'n:ann',
  orderKey: 'k',
  type: 'email',
  content: 'hello',
  recipientId: 'ann',
  priority: 'normal',
  handlerId: 'mail',
  status: 'pending',
  failures: 0,
  retryAt: null,
  error: null,
  createdAt: at(0),
  expiresAt: null,
  readAt: null,
  endedAt: null,
  trace: { correlationid: 'c', traceparent: 't' },
  ...settings,
});

const changes = {
  'is delivered': (one: Notification) => markDelivered(one, at(9)),
  'fails for good': (one: Notification) =>
    failTry(one, { error: { ...broken, retryable: false }, retry, at: at(9), random }),
  expires: (one: Notification) => expire({ ...one, expiresAt: at(9) }, at(9)),
};
const outcomes: readonly (readonly [keyof typeof changes, NotificationStatus])[] = [
  ['is delivered', 'delivered'],
  ['fails for good', 'failed'],
  ['expires', 'expired'],
];

describe('a notification', () => {
  it.each(outcomes)('that is pending and %s is %s, and has ended', (change, status) => {
    expect(changes[change](notification())).toMatchObject({ status, endedAt: at(9) });
  });

  it.each(
    outcomes.flatMap(([change]) =>
      notificationStatuses
        .filter((status) => status !== 'pending')
        .map((status) => [status, change] as const),
    ),
  )('that is %s stays so when it %s', (status, change) => {
    expect(changes[change](notification({ status, endedAt: at(5) }))).toMatchObject({
      status,
      endedAt: at(5),
    });
  });

  it('is tried again later, until the last try has failed', () => {
    const failed = { error: broken, retry, at: at(100), random };
    const once = failTry(notification(), failed);
    const twice = failTry(once, failed);

    expect(once).toMatchObject({ status: 'pending', failures: 1, retryAt: at(1_100), error: broken });
    expect(twice).toMatchObject({ status: 'failed', failures: 2, retryAt: null, endedAt: at(100) });
  });

  it('does not expire before its time', () => {
    const soon = notification({ expiresAt: at(10) });

    expect(expire(soon, at(9))).toBe(soon);
  });

  it.each([
    ['in the list, which ends it', { handlerId: null }, at(9)],
    ['while its channel has it', {}, null],
    ['after it was delivered', { status: 'delivered', endedAt: at(5) }, at(5)],
  ] as const)('is read once, %s', (_, settings, endedAt) => {
    const read = markRead(notification(settings), at(9));

    expect(read).toMatchObject({ readAt: at(9), endedAt });
    expect(markRead(read, at(20))).toBe(read);
  });

  it.each([
    [{}, null],
    [{ retryAt: at(50), expiresAt: at(90) }, at(50)],
    [{ retryAt: at(50), expiresAt: at(20) }, at(20)],
    [{ status: 'delivered', expiresAt: at(20) }, null],
  ] as const)('with %j changes by itself at %j', (settings, due) => {
    expect(nextDue(notification(settings))).toEqual(due);
  });
});
