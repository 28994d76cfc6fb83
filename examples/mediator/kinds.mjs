// Shows what each of the ten kinds of mediators is for, against a running system: make up && node examples/mediator/kinds.mjs
// Ann asks, Bob does; each call is printed as it is made, and what came of them behind `=`. Nothing of it stays.
const { MEDIATOR_URL = 'http://127.0.0.1:8083' } = process.env;

/** Each kind: what Ann and Bob do, and what came of it. */
const kinds = {
  async message({ post, get, take }) {
    const { id } = await post('messages', {
      sender_id: 'ann',
      recipient_id: 'bob',
      message: { text: 'hello' },
    });
    await take();
    await post(`colleagues/bob/messages/${id}/ack`);
    const { status, content } = await get(`messages/${id}`);
    return `${status}: ${content.text}`;
  },

  async event({ post, take }) {
    await post('broadcast', { sender_id: 'ann', message: { type: 'user.deleted' } }); // nobody cares for that
    await post('broadcast', { sender_id: 'ann', message: { type: 'user.created', data: { name: 'Eve' } } });
    const { type, data } = await take();
    return `${type}: ${data.name}`;
  },

  async command({ post, take, answer }) {
    const answered = post('messages', { sender_id: 'ann', message: { type: 'brew', data: { cups: 2 } } });
    const command = await take();
    await answer(command, { brewed: command.data.cups });
    const { status, result } = await answered;
    return `${status}: ${result.brewed} brewed`;
  },

  async query({ post, take, answer }) {
    const ask = (more) => post('messages', { sender_id: 'ann', message: { type: 'temperature' }, ...more });
    const answered = ask();
    await answer(await take(), 21.5);
    const { result } = await answered;
    const { result: remembered, cached } = await ask({ cache_ttl_ms: 60_000 });
    return `${result} degrees, and ${remembered} from memory (cached: ${cached})`;
  },

  async notification({ post, get, take }) {
    const shipped = { type: 'order_shipped', content: 'It is on its way.', recipient_ids: ['eve', 'fay'] };
    await post('notifications', { id: 'n-1', ...shipped, handler_id: 'bob' }); // bob is the channel, such as e-mail
    await post(`colleagues/bob/messages/${(await take()).id}/ack`);
    await post('notifications/n-1:eve/read');
    const { notifications } = await get('notifications');
    return notifications
      .map((one) => `${one.recipient_id} ${one.read ? 'has read it' : 'has not'}`)
      .join(', ');
  },

  async workflow({ post, get, take, answer }) {
    const steps = [
      { id: 'stock', type: 'take-stock', input: '{ "take": data.cups }', compensate: 'return-stock' },
      { id: 'money', wait: { signal: 'paid' } },
      { id: 'gift', type: 'wrap', when: 'results.money.amount > 100' },
      { id: 'parcel', type: 'ship', input: '{ "ship": results.stock.taken }' },
    ];
    await post('definitions', { name: 'order', steps });
    await post('workflows', { id: 'w-1', name: 'order', handler_id: 'bob', data: { cups: 2 } });
    await answer(await take(), { taken: 2 });
    await post('workflows/w-1/signals', { name: 'paid', data: { amount: 9.5 } });
    await answer(await take(), { tracking: 'T-1' });
    const run = await get('workflows/w-1');
    return `${run.status}: ${run.steps.map(({ id, status }) => `${id} ${status}`).join(', ')}`;
  },

  async service({ post }) {
    await post('services', { name: 'database' });
    await post('services', { name: 'shop', dependencies: ['database'] });
    const started = await post('services/shop/start');
    const stopped = await post('services/database/stop');
    return `started ${started.order.join(', then ')}; stopped ${stopped.order.join(', then ')}`;
  },

  async resource({ post, get }) {
    await post('resources', { name: 'printer', capacity: 1 });
    const first = await post('resources/printer/leases', { colleague_id: 'ann' });
    const waiting = post('resources/printer/leases', { colleague_id: 'bob', wait_ms: 10_000 });
    await post(`resources/printer/leases/${first.id}/release`, { token: first.token });
    const { token } = await waiting; // whoever prints asks for the token, and takes no smaller one than it has seen
    const { status } = await get('resources/printer');
    return `ann had token ${first.token}, bob has ${token}: ${status}`;
  },

  async task({ post, get }) {
    await post('tasks', { id: 'pack', name: 'pack' });
    await post('tasks', { id: 'ship', name: 'ship', dependencies: ['pack'], priority: 10 });
    const order = [];
    for (let n = 0; n < 2; n += 1) {
      const { tasks } = await post('tasks/claim', { colleague_id: 'bob', wait_ms: 10_000 });
      const [{ id, token }] = tasks;
      await post(`tasks/${id}/complete`, { token, result: 'done' });
      order.push(id);
    }
    const { tasks } = await get('tasks?status=completed');
    return `${order.join(', then ')}: ${tasks.length} completed`;
  },

  async job({ post, get, take, answer }) {
    const { next_run } = await post('jobs', {
      id: 'j-1',
      name: 'clean',
      schedule: '0 3 * * *',
      time_zone: 'Europe/Berlin',
    });
    await post('jobs/j-1/runs', { id: 'by-hand' });
    await answer(await take(), { removed: 12 });
    const { status, result } = await get('jobs/j-1/runs/by-hand');
    return `${status}: ${result.removed} removed; runs by itself at ${next_run}`;
  },
};

const [ann, bob] = [
  { id: 'ann', name: 'Ann' },
  {
    id: 'bob',
    name: 'Bob',
    handles: ['user.created', 'brew', 'temperature', 'take-stock', 'return-stock', 'wrap', 'ship', 'clean'],
  },
];

/** Makes one call; throws when it is refused. */
async function call(method, path, body) {
  const response = await fetch(`${MEDIATOR_URL}/api/v1/mediators${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} was refused: ${JSON.stringify(answer)}`);
  return answer;
}

/** Makes a mediator of this kind with both in it, lets them do, and removes it. */
async function show(kind) {
  const name = `example-${kind}-${Date.now()}`;
  const within = (method) => (path, body) => {
    console.log(`  ${method} ${path} ${JSON.stringify(body) ?? ''}`.trimEnd());
    return call(method, `/${name}/${path}`, body);
  };
  const [get, post] = [within('GET'), within('POST')];
  const take = async () => (await get('colleagues/bob/messages?limit=1&wait_ms=10000')).messages[0];
  const answer = ({ id }, result) => post(`colleagues/bob/messages/${id}/reply`, { result });

  console.log(kind);
  await call('POST', '', { name, kind });
  try {
    for (const colleague of [ann, bob]) await call('POST', `/${name}/colleagues`, colleague);
    console.log(`  = ${await kinds[kind]({ get, post, take, answer })}\n`);
  } finally {
    await call('DELETE', `/${name}`);
  }
}

for (const kind of Object.keys(kinds)) await show(kind);
