import { createSandbox, startStandIn, type Sandbox } from './support/sandbox';

const services = ['order-service', 'analytics-service', 'event-store', 'mediator', 'notification-worker'];
const databases = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'].map(
  (name) => `${name}_DATABASE_URL`,
);

/** A checkout whose real servers are only noted among the calls, and whose services say in theirs which database they have. */
function createNativeSandbox(): Sandbox {
  const sandbox = createSandbox({
    npm: 'exit 0',
    node: `echo "database $DATABASE_URL" >>calls; exec sleep 600`,
  });
  sandbox.write('scripts/backends/install.sh', 'echo install >>calls\n');
  sandbox.write(
    'scripts/backends/backends.sh',
    `echo "backends $*" >>calls
if [ "$1" = env ]; then printf '%s\\n' ${databases.map((name) => `${name}=of-${name}`).join(' ')}; fi\n`,
  );
  sandbox.write('.run/mode', 'native\n');
  return sandbox;
}

/** Services that answer while the last of them is up. */
const startServices = (sandbox: Sandbox) =>
  startStandIn(() => (sandbox.exists('.run/notification-worker.pid') ? [200, {}] : null));

const pidsOf = (sandbox: Sandbox) =>
  services.map((name) => (sandbox.exists(`.run/${name}.pid`) ? sandbox.read(`.run/${name}.pid`) : null));

const ofBackends = (sandbox: Sandbox) => sandbox.calls().filter((call) => call.startsWith('backends'));

describe('the stack on real servers', () => {
  it('is each service as a process with a database of its own, once the servers are started', async () => {
    using sandbox = createNativeSandbox();
    await using standIn = await startServices(sandbox);

    const { status } = await sandbox.stack('up', { env: { ...standIn.env, BACKENDS: 'native' } });
    await sandbox.stack('down');

    const calls = sandbox.calls();
    expect(status).toBe(0);
    expect(calls.slice(0, 4)).toEqual([
      'install',
      'backends start',
      'npm ci --no-audit --no-fund --loglevel=error',
      'npm run --silent build',
    ]);
    expect(calls.filter((call) => call.startsWith('node')).toSorted()).toEqual(
      services.map((name) => `node services/${name}/dist/main.js`).toSorted(),
    );
    expect(calls.filter((call) => call.startsWith('database')).toSorted()).toEqual(
      databases.map((name) => `database of-${name}`).toSorted(),
    );
  });

  it('is stopped without the servers by make down, which says so', async () => {
    using sandbox = createNativeSandbox();
    await using standIn = await startServices(sandbox);
    await sandbox.stack('up', { env: { ...standIn.env, BACKENDS: 'native' } });

    const { status, stderr } = await sandbox.stack('down');

    expect(status).toBe(0);
    expect(pidsOf(sandbox)).toEqual(services.map(() => null));
    expect(ofBackends(sandbox)).toEqual(['backends start', 'backends env']);
    expect(stderr).toContain('make backends-stop');
  });

  it('is started anew by make restart', async () => {
    using sandbox = createNativeSandbox();
    await using standIn = await startServices(sandbox);
    await sandbox.stack('up', { env: { ...standIn.env, BACKENDS: 'native' } });
    const before = pidsOf(sandbox);

    const { status } = await sandbox.stack('restart', { env: standIn.env });
    const after = pidsOf(sandbox);
    await sandbox.stack('down');

    expect(status).toBe(0);
    expect(new Set([...before, ...after]).size).toBe(2 * services.length);
    expect(ofBackends(sandbox)).not.toContain('backends wipe');
  });

  it('loses the data of its servers to make clean, and nothing else', async () => {
    using sandbox = createNativeSandbox();
    await using standIn = await startServices(sandbox);
    sandbox.write('services/order-service/src/main.ts', 'source');
    await sandbox.stack('up', { env: { ...standIn.env, BACKENDS: 'native' } });

    const { status } = await sandbox.stack('clean');

    expect([status, ofBackends(sandbox).at(-1)]).toEqual([0, 'backends wipe']);
    expect(['.run', 'services/order-service/src/main.ts'].map((file) => sandbox.exists(file))).toEqual([
      false,
      true,
    ]);
  });

  it('is not started where something else answers in place of one that is not up', async () => {
    using sandbox = createNativeSandbox();
    await using others = await startStandIn(({ url }) => (url?.startsWith('/e/') ? [200, {}] : null));

    const env = { ...others.env, BACKENDS: 'native', READY_SECONDS: '1' };
    const { status, stderr } = await sandbox.stack('up', { env });

    expect(status).toBe(1);
    expect(stderr).toContain(`not started here answers at ${others.env.EVENT_STORE_URL} already`);
  });

  it('is built as code by make build', async () => {
    using sandbox = createNativeSandbox();

    const { status } = await sandbox.stack('build', { env: { BACKENDS: 'native' } });

    expect([status, sandbox.calls().at(-1)]).toEqual([0, 'npm run --silent build']);
  });

  it('shows what all services log, or the worker alone', async () => {
    using sandbox = createNativeSandbox();
    for (const name of services) sandbox.write(`.run/${name}.log`, `line of ${name}\n`);

    const ofAll = await sandbox.stack('logs', { endAfter: 'line of order-service' });
    const ofWorker = await sandbox.stack('logs-worker', { endAfter: 'line of notification-worker' });

    for (const name of services) expect(ofAll.stdout).toContain(`line of ${name}`);
    expect(ofWorker.stdout).toBe('line of notification-worker\n');
  });
});
