import { eventually } from '@fanfare/core/testing';
import { createHoldings, type Holdings } from '../support/holdings';
import type { Answer, MediatorClient } from '../support/mediator-client';
import { keepDoing, startMediatorSystem, untilMore, type MediatorSystem } from '../support/mediator-system';

const leaseMs = 400;
const resources = ['press', 'oven'];
const taskCount = 120;
const patience = { timeoutMs: 60_000, everyMs: 100 };

interface Grant {
  readonly id: string;
  readonly token: number;
  readonly lease_until: string;
}

/** What somebody has been given to hold, and by which calls they say what they do with it. */
interface Holding {
  readonly thing: string;
  readonly path: string;
  /** Ends it well. */
  readonly verb: string;
  readonly grant: Grant;
}

const now = () => Date.now();
const stale = { status: 409, body: { code: 'stale-token' } };

/** Whoever holds is heard, and is refused only when their time is over. */
function expectHeard(answer: Answer<unknown> | null, until: number): void {
  if (answer === null || answer.status === 200) return;
  expect(now()).toBeGreaterThanOrEqual(until);
  expect(answer).toMatchObject(stale);
}

/** Uses what was granted, renews it, uses it again and gives it back. */
async function useAndEnd(
  client: MediatorClient,
  holdings: Holdings,
  { thing, path, verb, grant: { token, lease_until } }: Holding,
): Promise<Answer<unknown> | null> {
  const from = now();
  let until = Date.parse(lease_until);
  if (from < until) holdings.use(thing, token);
  const renewed = await client.ask<Grant>('POST', `${path}/renew`, { token });
  expectHeard(renewed, until);
  if (renewed?.status === 200) until = Date.parse(renewed.body.lease_until);
  if (now() < until) holdings.use(thing, token);
  holdings.note({ thing, token, from, until: Math.min(until, now()) });
  const ended = await client.ask('POST', `${path}/${verb}`, { token });
  expectHeard(ended, until);
  return ended;
}

/** Stalls until the lease is over, and is told then that it holds nothing any more. */
async function stall(
  client: MediatorClient,
  holdings: Holdings,
  { thing, path, grant: { token, lease_until } }: Holding,
): Promise<null> {
  const [from, until] = [now(), Date.parse(lease_until)];
  if (from < until) holdings.use(thing, token);
  holdings.note({ thing, token, from, until });
  await eventually(() => {
    expect(now()).toBeGreaterThan(until);
  });
  const late = await client.ask('POST', `${path}/renew`, { token });
  if (late) expect(late).toMatchObject(stale);
  return null;
}

/** Of every six holders one stalls. */
function hold(client: MediatorClient, holdings: Holdings, holding: Holding) {
  return (holdings.all.length % 6 === 5 ? stall : useAndEnd)(client, holdings, holding);
}

describe('what two instances of the mediator lend while one of them is killed', () => {
  const ids = Array.from({ length: taskCount }, (_unused, index) => `task-${index}`);
  let system: MediatorSystem;
  let client: MediatorClient;
  let calls = 0;

  beforeAll(async () => {
    system = await startMediatorSystem(2);
    ({ client } = system);
    await system.begin({ name: 'tools', kind: 'resource' }, { ann: [], ben: [] });
    await system.begin({ name: 'chores', kind: 'task' }, { ann: [], ben: [] });
    const retry = { max_attempts: 1_000, delay_ms: 0 };
    for (const id of resources)
      await client.insist('POST', '/tools/resources', { id, name: id, capacity: 1 });
    for (const id of ids) await client.insist('POST', '/chores/tasks', { id, name: id, retry });
  });
  afterAll(() => system.close());

  function nextCall() {
    calls += 1;
    return { colleague_id: calls % 2 === 0 ? 'ann' : 'ben', lease_ms: leaseMs, wait_ms: 2_000 };
  }

  async function borrow(thing: string, holdings: Holdings): Promise<void> {
    const path = `/tools/resources/${thing}/leases`;
    const answer = await client.ask<Grant>('POST', path, nextCall());
    if (answer?.status !== 201) return;
    const grant = answer.body;
    await hold(client, holdings, { thing, path: `${path}/${grant.id}`, verb: 'release', grant });
  }

  async function work(completed: string[], holdings: Holdings): Promise<void> {
    const claim = await client.ask<{ tasks: readonly Grant[] }>('POST', '/chores/tasks/claim', nextCall());
    for (const grant of claim?.body.tasks ?? []) {
      const holding = { thing: grant.id, path: `/chores/tasks/${grant.id}`, verb: 'complete', grant };
      const ended = await hold(client, holdings, holding);
      if (ended?.status === 200) completed.push(grant.id);
    }
  }

  async function untilAllIsDone(): Promise<void> {
    await eventually(async () => {
      const done = await client.list<Grant>('/chores/tasks?status=completed', 'tasks');
      expect(done.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    }, patience);
  }

  async function untilAllIsFree(): Promise<void> {
    for (const id of resources)
      await eventually(async () => {
        const { body } = await client.insist('GET', `/tools/resources/${id}`);
        expect(body).toMatchObject({ used: 0, waiting: 0 });
      }, patience);
  }

  it('is never held by two, and no task is done twice', async () => {
    const [leases, claims, completed] = [createHoldings(), createHoldings(), [] as string[]];
    const borrowers = resources.flatMap((id) => Array.from({ length: 4 }, () => () => borrow(id, leases)));
    const borrowing = keepDoing(borrowers);
    const working = keepDoing(Array.from({ length: 6 }, () => () => work(completed, claims)));

    await untilMore(() => Math.min(leases.all.length, claims.all.length), 25);
    await system.killAndRestart(0);
    await untilMore(() => leases.all.length, 15);
    await borrowing.stop();
    await untilAllIsDone();
    await working.stop();
    await untilAllIsFree();

    leases.expectNeverTwo();
    claims.expectNeverTwo();
    expect(new Set(completed).size).toBe(completed.length);
  });
});
