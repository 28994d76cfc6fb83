import { notificationOf } from '../../test/support/notifications';
import { orderCreatedEvent } from '../../test/support/order-events';
import type { Outcome } from '../channels/channel';
import { judgeOutcomes } from './judge-outcomes';

const now = new Date('2026-03-02T09:15:00.000Z');
const retry = { maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 60_000 } };

function judge(outcomes: readonly Outcome[], { attempts = 0 } = {}) {
  const notifications = outcomes.map((_, index) =>
    notificationOf(orderCreatedEvent('order-1'), { id: `n-${index}`, attempts }),
  );
  const settlements = judgeOutcomes(notifications, outcomes, { now, retry, pauseMs: 700, random: () => 1 });
  return settlements.map(({ notification: { id }, dueAt, ...rest }) => ({
    id,
    ...rest,
    dueInMs: dueAt && dueAt.getTime() - now.getTime(),
  }));
}

const sent: Outcome = { kind: 'sent' };
const away: Outcome = { kind: 'unavailable', reason: 'refused' };
const failed: Outcome = { kind: 'failed', reason: 'answered 500' };

describe('judgeOutcomes', () => {
  it('is done with what was sent', () => {
    expect(judge([sent])).toEqual([{ id: 'n-0', state: 'sent', attempts: 1, dueInMs: null, reason: null }]);
  });

  it('tries again later, and later still, what failed', () => {
    const [first] = judge([failed]);
    const [second] = judge([failed], { attempts: 1 });

    expect(first).toMatchObject({ state: 'pending', attempts: 1, dueInMs: 1_000, reason: 'answered 500' });
    expect(second).toMatchObject({ state: 'pending', attempts: 2, dueInMs: 2_000 });
  });

  it('gives up after the last attempt', () => {
    expect(judge([failed], { attempts: 2 })).toMatchObject([{ state: 'failed', attempts: 3, dueInMs: null }]);
  });

  it('gives up at once what the receiver will never take', () => {
    const rejected: Outcome = { kind: 'rejected', reason: 'answered 400' };

    expect(judge([rejected])).toMatchObject([{ state: 'failed', attempts: 1, reason: 'answered 400' }]);
  });

  it('spends no attempt while the receiver is away, however long that lasts', () => {
    const settlements = judge([away, { kind: 'untried' }], { attempts: 2 });

    expect(settlements).toMatchObject([
      { state: 'pending', attempts: 2, dueInMs: 700, reason: 'refused' },
      { state: 'pending', attempts: 2, dueInMs: 700 },
    ]);
  });

  it('blames a notification that alone found the receiver away, so that it cannot stop the channel', () => {
    const settlements = judge([sent, away, { kind: 'untried' }]);

    expect(settlements).toMatchObject([
      { state: 'sent' },
      { state: 'pending', attempts: 1, dueInMs: 1_000 },
      { state: 'pending', attempts: 0, dueInMs: 0 },
    ]);
  });

  it('keeps no more of a reason than anybody reads', () => {
    const [settlement] = judge([{ kind: 'rejected', reason: 'x'.repeat(70_000) }]);

    expect(settlement?.reason).toHaveLength(1_000);
  });
});
