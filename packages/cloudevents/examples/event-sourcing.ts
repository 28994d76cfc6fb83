import { createEvent, type CloudEvent } from '@fanfare/cloudevents';

type AccountEvent = CloudEvent<{ readonly amount: number }>;

interface Account {
  readonly id: string;
  readonly balance: number;
}

const apply: Readonly<Record<string, (account: Account, event: AccountEvent) => Account>> = {
  'account.created': (_, { subject = '' }) => ({ id: subject, balance: 0 }),
  'funds.deposited': (account, { data }) => ({ ...account, balance: account.balance + (data?.amount ?? 0) }),
  'funds.withdrawn': (account, { data }) => ({ ...account, balance: account.balance - (data?.amount ?? 0) }),
};

/** The state that the events lead to. Pure: the same events always give the same account. */
export function replayEvents(events: readonly AccountEvent[]): Account {
  const nobody: Account = { id: '', balance: 0 };
  return events.reduce((account, event) => apply[event.type]?.(account, event) ?? account, nobody);
}

export function runEventSourcing() {
  const record = (type: string, amount = 0): AccountEvent =>
    createEvent({ type, source: '/accounts', subject: 'account-7', data: { amount } });

  return replayEvents([
    record('account.created'),
    record('funds.deposited', 100),
    record('funds.withdrawn', 30),
    record('account.renamed'), // of a later version: left alone
    record('funds.deposited', 5),
  ]);
}
