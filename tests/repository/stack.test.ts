import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createSandbox, startStandIn, type Answer, type Sandbox } from './support/sandbox';

const engine = { docker: 'exit 0' };
const noEngine = { docker: 'exit 1', npm: 'exit 0', node: 'exec sleep 600' };
const ready = () => [200, {}] as const;

/** Answers as soon as something is started in the sandbox, and until it is stopped. */
const whileUp =
  (sandbox: Sandbox, answer: (url: string) => Answer = ready) =>
  ({ url = '' }) =>
    sandbox.exists('.run/all-in-one.pid') ? answer(url) : null;

/** A process that has nothing to do with the stack. */
function startStranger() {
  const child = spawn('sleep', ['600'], { cwd: '/', stdio: 'ignore' });
  return {
    pid: String(child.pid),
    isAlive: () => child.kill(0),
    async [Symbol.asyncDispose]() {
      if (child.kill()) await once(child, 'exit');
    },
  };
}

/** What is asked of a Docker engine beside looking what there is. */
const orders = (calls: readonly string[]) =>
  calls.filter((call) => call.startsWith('docker') && !/^docker (info|compose (version|ps))/.test(call));

describe('the stack, where a Docker engine answers,', () => {
  it.each([
    ['up', 'up --build --detach'],
    ['build', 'build'],
    ['down', 'down'],
    ['clean', 'down --volumes --remove-orphans'],
    ['logs', 'logs --follow --tail 100'],
    ['logs-worker', 'logs --follow --tail 100 notification-worker'],
  ])('is containers: make %s runs docker compose %s', async (command, expected) => {
    using sandbox = createSandbox(engine);
    await using services = await startStandIn(ready);

    const { status } = await sandbox.stack(command, { env: services.env });

    expect(status).toBe(0);
    expect(orders(sandbox.calls())).toEqual([`docker compose ${expected}`]);
  });
});

describe('the stack without a Docker engine', () => {
  it('is one process, and says so; it is left alone when it is up, and can be stopped', async () => {
    using sandbox = createSandbox(noEngine);
    await using services = await startStandIn(whileUp(sandbox));
    sandbox.write('data/orders.db', 'orders');

    const first = await sandbox.stack('up', { env: services.env });
    const again = await sandbox.stack('up', { env: services.env });
    const stopped = await sandbox.stack('down');

    expect([first.status, again.status, stopped.status]).toEqual([0, 0, 0]);
    expect(first.stderr).toContain('no Docker engine answers: running all services in one process');
    expect(sandbox.calls().filter((call) => call.startsWith('node'))).toEqual([
      'node services/all-in-one/dist/main.js',
    ]);
    expect(again.stderr).toContain('all-in-one is already up');
    expect(stopped.stderr).toContain('all-in-one stopped');
    expect(sandbox.exists('.run/all-in-one.pid')).toBe(false);
    expect(sandbox.read('data/orders.db')).toBe('orders');
  });

  it('builds the code for make build, and says that it is no image', async () => {
    using sandbox = createSandbox(noEngine);

    const { status, stderr } = await sandbox.stack('build');

    expect(status).toBe(0);
    expect(stderr).toContain('no Docker engine answers');
    expect(sandbox.calls()).toContain('npm run --silent build');
  });

  it('is started anew by make restart, on the data that it had', async () => {
    using sandbox = createSandbox(noEngine);
    await using services = await startStandIn(whileUp(sandbox));
    sandbox.write('data/orders.db', 'orders');
    await sandbox.stack('up', { env: services.env });
    const before = sandbox.read('.run/all-in-one.pid');

    const { status } = await sandbox.stack('restart', { env: services.env });

    expect(status).toBe(0);
    expect(sandbox.read('.run/all-in-one.pid')).not.toBe(before);
    expect(sandbox.read('data/orders.db')).toBe('orders');
    await sandbox.stack('down');
  });

  it('loses its data to make clean, and nothing else', async () => {
    using sandbox = createSandbox(noEngine);
    await using services = await startStandIn(whileUp(sandbox));
    sandbox.write('data/orders.db', 'orders');
    sandbox.write('services/order-service/src/main.ts', 'source');
    await sandbox.stack('up', { env: services.env });

    const { status } = await sandbox.stack('clean');

    expect(status).toBe(0);
    expect(
      ['data', '.run', 'services/order-service/src/main.ts'].map((file) => sandbox.exists(file)),
    ).toEqual([false, false, true]);
  });

  it('that does not get ready ends make up with a failure that names who is not, and what it says', async () => {
    using sandbox = createSandbox(noEngine);
    await using services = await startStandIn(
      whileUp(sandbox, (url) =>
        url === '/a/health/ready' ? [503, { missing: ['database: it is away'] }] : [200, {}],
      ),
    );

    const { status, stderr } = await sandbox.stack('up', { env: { ...services.env, READY_SECONDS: '1' } });
    await sandbox.stack('down');

    expect(status).toBe(1);
    expect(stderr).toContain(
      `not ready: ${services.env.ANALYTICS_URL}/health/ready says: {"missing":["database: it is away"]}`,
    );
    expect(stderr).not.toContain(`not ready: ${services.env.ORDER_URL}`);
  });

  it('is not started where something else answers already, and says where', async () => {
    using sandbox = createSandbox(noEngine);
    await using others = await startStandIn(({ url }) => (url?.startsWith('/m/') ? [404, {}] : null));

    const { status, stderr } = await sandbox.stack('up', { env: others.env });

    expect(status).toBe(1);
    expect(stderr).toContain(`not started here answers at ${others.env.MEDIATOR_URL} already`);
    expect(sandbox.calls().filter((call) => !call.startsWith('docker'))).toEqual([]);
  });

  it('is not said to be ready when it has ended, though others answer in its place', async () => {
    using sandbox = createSandbox({ ...noEngine, node: 'echo EADDRINUSE; exit 1' });
    await using others = await startStandIn(() =>
      sandbox.calls().some((call) => call.startsWith('node')) ? [200, {}] : null,
    );

    const { status, stderr } = await sandbox.stack('up', { env: others.env });

    expect(status).toBe(1);
    expect(stderr).toContain('EADDRINUSE');
    expect(stderr).not.toContain('fanfare: ready');
  });

  it.each([
    ['is refused while containers are up', 'echo container-1', 1],
    ['is started when the containers are gone', 'exit 0', 0],
    ['is started when the engine is gone with them', 'exit 1', 0],
  ])('%s', async (_, ps, expected) => {
    using sandbox = createSandbox({ ...noEngine, docker: `case "$*" in "compose ps"*) ${ps} ;; esac` });
    await using services = await startStandIn(whileUp(sandbox));
    sandbox.write('.run/mode', 'docker\n');

    const { status, stderr } = await sandbox.stack('up', {
      env: { ...services.env, BACKENDS: 'embedded' },
    });
    if (status === 0) await sandbox.stack('down');

    expect(status).toBe(expected);
    expect(stderr.includes('the docker system is still up: make down first')).toBe(expected === 1);
  });

  it.each(['down', 'restart', 'clean'])(
    'leaves a stranger alone who has its old pid: make %s',
    async (command) => {
      using sandbox = createSandbox(noEngine);
      await using stranger = startStranger();
      await using services = await startStandIn(whileUp(sandbox));
      sandbox.write('.run/mode', 'embedded\n');
      sandbox.write('.run/all-in-one.pid', `${stranger.pid}\n`);

      const { status } = await sandbox.stack(command, { env: { ...services.env, READY_SECONDS: '5' } });
      if (command === 'restart') await sandbox.stack('down');

      expect([status, stranger.isAlive()]).toEqual([0, true]);
      expect(sandbox.exists('.run/all-in-one.pid')).toBe(false);
    },
  );

  it('is started though a stranger has its old pid, in whatever way it ran then', async () => {
    using sandbox = createSandbox(noEngine);
    await using stranger = startStranger();
    await using services = await startStandIn(() =>
      sandbox.calls().some((call) => call.startsWith('node')) ? [200, {}] : null,
    );
    sandbox.write('.run/mode', 'native\n');
    sandbox.write('.run/all-in-one.pid', `${stranger.pid}\n`);

    const { status, stderr } = await sandbox.stack('up', { env: services.env });
    await sandbox.stack('down');

    expect([status, stderr.includes('already up')]).toEqual([0, false]);
  });

  it('shows what all services log as it comes, and of the worker the last 20 notifications', async () => {
    using sandbox = createSandbox(noEngine);
    const line = (service: string, msg: string) => `${JSON.stringify({ service, msg })}\n`;
    const numbers = Array.from({ length: 30 }, (_, index) => `NOTIFICATION ${index + 1} of 30`);
    sandbox.write('.run/mode', 'embedded');
    sandbox.write(
      '.run/all-in-one.log',
      numbers.map((text) => line('order-service', 'placed') + line('notification-worker', text)).join(''),
    );

    const followed = await sandbox.stack('logs', { endAfter: '30 of 30' });
    const ofWorker = await sandbox.stack('logs-worker', { endAfter: '30 of 30' });
    const { stdout } = await sandbox.stack('notification');

    expect(followed.stdout).toContain('"order-service"');
    expect(ofWorker.stdout).not.toContain('"order-service"');
    expect(stdout.match(/\d+ of 30/g)).toEqual(
      numbers.slice(10).map((text) => text.replace('NOTIFICATION ', '')),
    );
  });
});
