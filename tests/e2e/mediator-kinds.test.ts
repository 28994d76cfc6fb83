import { eventually } from '@fanfare/core/testing';
import { openMediator, type Delivery, type MediatorUnderTest } from './support/mediator';
import { expectProblem } from './support/problem';

const bob = (handles: readonly string[] = []) => ({ id: 'bob', name: 'Bob', handles });
const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);

/** What bob gets next is of this type; he says this of it. */
async function answer(mediator: MediatorUnderTest, type: string, body: object): Promise<Delivery> {
  const [delivery] = await mediator.take('bob');
  if (delivery?.type !== type) throw new Error(`bob got ${JSON.stringify(delivery)} instead of a ${type}`);
  await mediator.post(`/colleagues/bob/messages/${delivery.id}/reply`, body);
  return delivery;
}

describe('messages', () => {
  it('come by priority, then as they were sent; not after their time, and not before', async () => {
    await using mediator = await openMediator('message', 'ann', 'bob');
    const send = (id: string, more: object = {}) =>
      mediator.post('/messages', { id, sender_id: 'ann', recipient_id: 'bob', message: id, ...more });

    await send('first');
    await send('low', { priority: 'low' });
    await send('gone', { ttl_ms: 1 });
    await send('second');
    await send('urgent', { priority: 'urgent' });
    await send('later', { deliver_at: '2999-01-01T00:00:00Z' });

    await eventually(async () => {
      expect(await mediator.get('/messages/gone')).toMatchObject({ receipts: [{ status: 'expired' }] });
    });
    expect(idsOf(await mediator.take('bob', 'limit=100'))).toEqual(['urgent', 'first', 'second', 'low']);
    expect(await mediator.get('/messages/later')).toMatchObject({ status: 'scheduled' });
  });
});

describe('events', () => {
  it('reach all who handle their type, in order, and not their sender', async () => {
    const all = { handles: ['*'] };
    await using mediator = await openMediator(
      'event',
      { id: 'ann', name: 'Ann', ...all },
      { id: 'bob', name: 'Bob', ...all },
      { id: 'carl', name: 'Carl', handles: ['user.*'] },
    );

    const types = ['user.created', 'order.created', 'user.deleted'];
    for (const [n, type] of types.entries()) {
      await mediator.post('/broadcast', { id: `e-${n}`, sender_id: 'ann', message: { type } });
    }

    expect(idsOf(await mediator.take('bob', 'limit=10'))).toEqual(['e-0', 'e-1', 'e-2']);
    expect(idsOf(await mediator.take('carl', 'limit=10'))).toEqual(['e-0', 'e-2']);
    expect(await mediator.get('/colleagues/ann')).toMatchObject({ waiting: 0 });
  });
});

describe('commands', () => {
  it('reach their handler once, however often and by how many they are sent', async () => {
    await using mediator = await openMediator('command', 'ann', bob(['reserve']));
    const body = { id: 'c-1', sender_id: 'ann', message: { type: 'reserve', data: { n: 1 } } };

    const sent = Array.from({ length: 10 }, () => mediator.post('/messages', body));
    await answer(mediator, 'reserve', { result: 'reserved' });

    for (const one of await Promise.all(sent)) {
      expect(one).toMatchObject({ id: 'c-1', status: 'completed', result: 'reserved' });
    }
    expect(await mediator.get('/colleagues/bob')).toMatchObject({ waiting: 0 });
  });
});

describe('queries', () => {
  it('that ask all say what each has answered, and who has not', async () => {
    const handles = ['price'];
    await using mediator = await openMediator('query', 'ann', bob(handles), {
      id: 'carl',
      name: 'Carl',
      handles,
    });

    const message = { type: 'price', data: 'tea' };
    const asked = mediator.post('/broadcast', { sender_id: 'ann', message, timeout_ms: 1_000 });
    await answer(mediator, 'price', { result: 3.5 });

    expect(await asked).toMatchObject({
      recipients: ['bob', 'carl'],
      answers: [{ recipient_id: 'bob', result: 3.5 }],
      missing: ['carl'],
    });
  });
});

describe('notifications', () => {
  it('have failed when who delivers them gives up', async () => {
    await using mediator = await openMediator('notification', 'bob');
    const notification = { id: 'n', type: 'news', content: 'Tea!', recipient_id: 'eve', handler_id: 'bob' };
    await mediator.post('/notifications', notification);

    const [delivery] = await mediator.take('bob');
    expect(delivery).toMatchObject({ id: 'n:eve', kind: 'notification', data: { content: 'Tea!' } });
    const error = { code: 'no-address', retryable: false };
    await mediator.post('/colleagues/bob/messages/n:eve/nack', { error });

    expect(await mediator.get('/notifications/n:eve')).toMatchObject({ status: 'failed', read: false });
  });
});

describe('workflows', () => {
  const steps = [
    { id: 'stock', type: 'reserve', compensate: 'release' },
    { id: 'money', type: 'pay', compensate: 'refund', input: '{ "amount": $sum(data.items.price) }' },
    { id: 'items', type: 'pack', loop: { items: 'data.items', max: 10 }, input: 'item' },
    { id: 'gift', type: 'wrap', when: 'data.gift' },
  ];
  const data = { items: [{ price: 2 }, { price: 3 }] };

  it('undo what they have done when a step fails, the latest first; retried, they do it again and go on', async () => {
    await using mediator = await openMediator('workflow', bob());
    await mediator.post('/definitions', { name: 'order', steps });
    await mediator.post('/workflows', { id: 'w', name: 'order', handler_id: 'bob', data });

    await answer(mediator, 'reserve', { result: 'r-1' });
    expect(await answer(mediator, 'pay', { result: 'p-1' })).toMatchObject({ data: { amount: 5 } });
    await answer(mediator, 'pack', { error: { code: 'too-big', retryable: false } });
    const refund = await answer(mediator, 'refund', { result: null });
    expect(refund).toMatchObject({ id: 'w:money:1:undo', data: { input: { amount: 5 }, result: 'p-1' } });
    await answer(mediator, 'release', { result: null });
    expect(await mediator.get('/workflows/w')).toMatchObject({
      status: 'failed',
      error: { code: 'too-big', step_id: 'items' },
      steps: ['compensated', 'compensated', 'failed', 'cancelled'].map((status) => ({ status })),
    });

    await mediator.post('/workflows/w/retry');
    for (const type of ['reserve', 'pay', 'pack', 'pack']) await answer(mediator, type, { result: type });

    await eventually(async () => {
      expect(await mediator.get('/workflows/w')).toMatchObject({
        status: 'completed',
        progress: 100,
        next_action_at: null,
        results: { items: ['pack', 'pack'] },
        steps: ['completed', 'completed', 'completed', 'skipped'].map((status) => ({ status })),
      });
    });
  });

  it('run others within them, and steps side by side', async () => {
    await using mediator = await openMediator('workflow', bob());
    await mediator.post('/definitions', { name: 'pay', steps: [{ id: 'money', type: 'pay' }] });
    const both = [
      { id: 'bill', workflow: 'pay' },
      { id: 'mail', type: 'write' },
    ];
    const name = 'order';
    await mediator.post('/workflows', { id: 'w', name, type: 'parallel', steps: both, handler_id: 'bob' });

    const given = await mediator.take('bob', 'limit=10');
    expect(given.map(({ type }) => type).sort()).toEqual(['pay', 'write']);
    for (const { id, type } of given) {
      await mediator.post(`/colleagues/bob/messages/${id}/reply`, { result: type });
    }

    await eventually(async () => {
      const run = await mediator.get('/workflows/w');
      expect(run).toMatchObject({ status: 'completed', results: { bill: { money: 'pay' }, mail: 'write' } });
    });
  });
});

describe('services', () => {
  it('are started by their handlers, each when those that it needs are running', async () => {
    await using mediator = await openMediator('service', bob());
    await mediator.post('/services', { name: 'database', handler_id: 'bob' });
    await mediator.post('/services', { name: 'shop', handler_id: 'bob', dependencies: ['database'] });

    expect(await mediator.post('/services/shop/start')).toMatchObject({ order: ['database', 'shop'] });
    const first = await answer(mediator, 'start', { result: null });
    expect(first).toMatchObject({ data: { service_id: 'database' }, sender_id: null });
    const second = await answer(mediator, 'start', { error: { code: 'no-disk', retryable: false } });
    expect(second).toMatchObject({ data: { service_id: 'shop' } });

    expect(await mediator.get('/services/database')).toMatchObject({ status: 'running', error: null });
    expect(await mediator.get('/services/shop')).toMatchObject({
      status: 'failed',
      error: { code: 'no-disk' },
    });
  });
});

describe('resources', () => {
  it('go to who has waited longest when a lease ends, with a greater token each time', async () => {
    await using mediator = await openMediator('resource', 'ann', 'bob', 'carl');
    await mediator.post('/resources', { name: 'printer', capacity: 1 });
    const lease = (colleague_id: string, more: object = {}) =>
      mediator.post('/resources/printer/leases', { id: colleague_id, colleague_id, ...more });
    const untilWaiting = (waiting: number) =>
      eventually(async () => {
        expect(await mediator.get('/resources/printer')).toMatchObject({ waiting });
      });

    expect(await lease('ann', { lease_ms: 3_600_000 })).toMatchObject({ token: 1 });
    const second = lease('bob', { wait_ms: 20_000, lease_ms: 100 });
    await untilWaiting(1);
    const third = lease('carl', { wait_ms: 20_000 });
    await untilWaiting(2);
    await mediator.post('/resources/printer/leases/ann/release', { token: 1 });

    expect(await second).toMatchObject({ colleague_id: 'bob', token: 2 });
    expect(await third).toMatchObject({ colleague_id: 'carl', token: 3 });
    const late = await mediator.call('POST', '/resources/printer/leases/bob/release', { token: 2 });
    expect(expectProblem(late, 409).code).toBe('stale-token');
    expect(await mediator.get('/resources/printer/leases/bob')).toMatchObject({ status: 'expired' });
  });
});

describe('tasks', () => {
  const claim = async (mediator: MediatorUnderTest, colleague_id: string, more: object = {}) => {
    const body = { colleague_id, wait_ms: 10_000, ...more };
    const { tasks } = (await mediator.post('/tasks/claim', body)) as {
      readonly tasks: readonly { readonly id: string; readonly token: number }[];
    };
    return tasks;
  };

  it('are claimed by one each, the most important first', async () => {
    await using mediator = await openMediator('task', 'ann', 'bob');
    const priorities = [0, 5, -5, 100, 1];
    for (const priority of priorities) {
      await mediator.post('/tasks', { id: `p${priority + 100}`, name: 'pack', priority });
    }

    const [first, ...others] = await claim(mediator, 'ann', { limit: 2 });
    const claims = await Promise.all([1, 2, 3].map(() => claim(mediator, 'bob')));

    const claimed = idsOf([...(first ? [first] : []), ...others, ...claims.flat()]);
    expect(claimed.slice(0, 2)).toEqual(['p200', 'p105']);
    expect(claimed.sort()).toEqual(['p100', 'p101', 'p105', 'p200', 'p95']);
  });

  it('are free again when who has claimed them goes silent, and take nothing from it then', async () => {
    await using mediator = await openMediator('task', 'ann', 'bob');
    await mediator.post('/tasks', { id: 't', name: 'pack', retry: { max_attempts: 2, delay_ms: 1 } });

    const [silent] = await claim(mediator, 'ann', { lease_ms: 100 });
    const [held] = await claim(mediator, 'bob');

    expect(held).toMatchObject({ id: 't', attempts: 2 });
    expect(held?.token).toBeGreaterThan(silent?.token ?? 0);
    const late = await mediator.call('POST', '/tasks/t/complete', { token: silent?.token });
    expect(expectProblem(late, 409).code).toBe('stale-token');
    const done = await mediator.post('/tasks/t/complete', { token: held?.token, result: 'packed' });
    expect(done).toMatchObject({ status: 'completed', colleague_id: 'bob', result: 'packed' });
  });
});

describe('jobs', () => {
  it('that recur run at each of their times, by one command each', async () => {
    await using mediator = await openMediator('job', bob(['clean']));
    const { id } = (await mediator.post('/jobs', {
      name: 'clean',
      every_ms: 1_000,
      data: { deep: true },
    })) as {
      readonly id: string;
    };

    const commands = [];
    for (let n = 0; n < 2; n += 1) commands.push(await answer(mediator, 'clean', { result: n }));
    await mediator.post(`/jobs/${id}/cancel`);

    expect(commands).toMatchObject([{ data: { deep: true } }, { data: { deep: true } }]);
    const { runs } = (await mediator.get(`/jobs/${id}/runs?status=completed`)) as {
      readonly runs: readonly { readonly id: string; readonly scheduled_for: string }[];
    };
    expect(idsOf(runs)).toEqual(idsOf(commands));
    const [first = 0, second = 0] = runs.map((run) => Date.parse(run.scheduled_for));
    expect((second - first) % 1_000).toBe(0);
  });

  it('of one time run then, and have ended', async () => {
    await using mediator = await openMediator('job', bob(['clean']));
    const schedule = new Date(Date.now() + 1_000).toISOString();

    await mediator.post('/jobs', { id: 'j', name: 'clean', type: 'one-time', schedule });
    await answer(mediator, 'clean', { error: { code: 'locked', retryable: false } });

    expect(await mediator.get('/jobs/j')).toMatchObject({ status: 'failed', next_run: null });
    const runs = [{ scheduled_for: schedule, status: 'failed', error: { code: 'locked' } }];
    expect(await mediator.get('/jobs/j/runs')).toMatchObject({ runs });
  });
});
