import { openReceivers, type Receivers } from '../event-logs/receivers';
import { newColleagues, order, sender, type BenchSystem } from './bench-system';
import { repeat, repeatFor } from './caller';
import { compare } from './compare';
import type { Sizes } from './sizes';

const endpointCount = 10;
const stepCount = 5;

/** What goes out by web hook, from the first call to the last post that is taken: messages, and the steps of workflows. */
export async function measurePosts(
  system: BenchSystem,
  rounds: number,
  seconds: number,
  { messagesPerEndpoint, runs }: Sizes,
): Promise<void> {
  const receivers = await openReceivers(endpointCount);
  const single = await openReceivers(1);
  try {
    await measureHooks(system, receivers, messagesPerEndpoint, rounds);
    await measureStarts(system, rounds, seconds);
    await measureSteps(system, single, runs, rounds);
  } finally {
    await receivers.close();
    await single.close();
  }
}

/** One at a time to each endpoint, as the order demands. */
async function measureHooks(
  system: BenchSystem,
  receivers: Receivers,
  messagesEach: number,
  rounds: number,
): Promise<void> {
  const { technology, mediator, plain } = system;
  const { urls } = receivers;
  const colleagues = newColleagues(endpointCount, (index) => ({ endpoint: urls[index] }));
  const path = await system.begin({ name: 'posting' }, [sender, ...colleagues]);
  const sendAll = (send: (index: number) => Promise<unknown>) => async () => {
    await repeat(endpointCount * messagesEach, 32, (index) => send(index % endpointCount));
    await receivers.have(messagesEach);
    return endpointCount * messagesEach;
  };
  const body = { sender_id: 'sender', message: order };
  await compare(`${technology}: sent and posted to ${endpointCount} endpoints`, rounds, [
    {
      name: 'mediator',
      rival: mediator,
      work: sendAll((index) =>
        mediator.call('POST', `${path}/messages`, { ...body, recipient_id: `colleague-${index}` }),
      ),
    },
    {
      name: 'INSERT, post, DELETE by hand',
      rival: plain,
      work: sendAll((index) => plain.call('POST', '/posts', { ...body, recipient_ids: [urls[index]] })),
    },
  ]);
}

async function measureStarts(system: BenchSystem, rounds: number, seconds: number): Promise<void> {
  const { technology, mediator, plain } = system;
  const path = await system.begin({ name: 'starting', kind: 'workflow' }, []);
  const steps = [{ id: 'go', wait: { signal: 'go' } }];
  await mediator.call('POST', `${path}/definitions`, { name: 'waiting', steps });
  const keepPosting = (post: () => Promise<unknown>) => () => repeatFor(seconds, 32, post);
  await compare(`${technology}: workflows started, 32 connections`, rounds, [
    {
      name: 'mediator',
      rival: mediator,
      work: keepPosting(() => mediator.call('POST', `${path}/workflows`, { name: 'waiting', data: order })),
    },
    {
      name: 'INSERT by hand',
      rival: plain,
      work: keepPosting(() => plain.call('POST', '/runs', { endpoint: '', steps: 0, data: order })),
    },
  ]);
}

async function measureSteps(
  system: BenchSystem,
  receivers: Receivers,
  runs: number,
  rounds: number,
): Promise<void> {
  const { technology, mediator, plain } = system;
  const [endpoint = ''] = receivers.urls;
  const handler = { id: 'handler', name: 'handler', endpoint, handles: ['work'], concurrency: 100 };
  const path = await system.begin({ name: 'stepping', kind: 'workflow' }, [handler]);
  const steps = Array.from({ length: stepCount }, (_, index) => ({ id: `step-${index}`, type: 'work' }));
  await mediator.call('POST', `${path}/definitions`, { name: 'working', steps });
  const runAll = (start: () => Promise<unknown>) => async () => {
    await repeat(runs, 32, start);
    await receivers.have(runs * stepCount);
    return runs * stepCount;
  };
  await compare(`${technology}: steps of ${runs} runs, posted`, rounds, [
    {
      name: 'mediator',
      rival: mediator,
      work: runAll(() => mediator.call('POST', `${path}/workflows`, { name: 'working', data: order })),
    },
    {
      name: 'post and UPDATE by hand',
      rival: plain,
      work: runAll(() => plain.call('POST', '/runs', { endpoint, steps: stepCount, data: order })),
    },
  ]);
}
