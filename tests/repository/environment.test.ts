import { environmentOf } from '@fanfare/all-in-one';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEnvironment, type Environment } from '@fanfare/service-kit';
import { hostSettings } from '../../packages/service-kit/src/hosting/host-settings';
import { listFiles, readText, root } from './support/checkout';
import { parseCompose, variablesIn } from './support/compose-file';
import { parseExample } from './support/example-settings';
import { ourServices } from './support/our-services';
import { recordLooks, variablesReadBySources } from './support/variables';

const settings = parseExample(readText('.env.example'));
const names = settings.map(({ name }) => name);

/** Scripts, without those of the native backends, which `scripts/backends/README.md` explains. */
const scripts = listFiles().filter(
  (file) => /^(scripts\/.*|test)\.sh$/.test(file) && !file.includes('/backends/'),
);
const variablesOfScripts = scripts.flatMap((file) => variablesIn(readText(file)));
const composeSource = readText('docker-compose.yml');
const compose = parseCompose(composeSource);
const variablesOfCompose = variablesIn(composeSource);

/** Said with a single command, not kept: `make dead-letters DROP=all`. */
const parametersOfCommands = ['REDRIVE', 'DROP', 'RUNS'];
/** For the checks of this repository alone. */
const portsOfChecks = ['SECOND_EVENT_STORE_PORT', 'BALANCER_PORT'];
/** Offered to services by service-kit; none of ours takes it up. */
const offeredOnly = ['SERVICE_NAME'];

/** What people may change without saying where anything is. */
const tunable = settings
  .filter(({ section }) => !/^(make|addresses|other names)/.test(section))
  .map(({ name }) => name);

/** Settings that ask for others. */
const everyChannel = {
  NOTIFICATION_CHANNELS: 'log,smtp,webhook,sms',
  SMTP_URL: 'smtp://localhost',
  SMTP_FROM: 'a@example.com',
  SMTP_TO: 'b@example.com',
  NOTIFICATION_WEBHOOK_URL: 'http://localhost/',
  SMS_URL: 'http://localhost/',
  SMS_BODY: 'to={customer_id}',
};

/** All that the product makes of an environment, however it is started. */
const readAllConfigs = (env: Environment) => ({
  host: readEnvironment(hostSettings({ isTerminal: false }), env),
  alone: ourServices.map(({ read }) => read(env).all),
  together: ourServices.map(({ name, read }) => read(environmentOf(name, env)).all),
});

describe('.env.example', () => {
  it('lists every variable that is read, once, and no other', () => {
    const read = new Set([
      ...variablesReadBySources(),
      ...[...variablesOfCompose, ...variablesOfScripts].map(({ name }) => name),
    ]);
    const exempt = [...parametersOfCommands, ...portsOfChecks, ...offeredOnly];

    expect([...names].sort()).toEqual([...read].filter((name) => !exempt.includes(name)).sort());
  });

  it('explains each of them', () => {
    expect(settings.filter(({ section, isExplained }) => section === '' || !isExplained)).toEqual([]);
  });

  it.each(settings.filter(({ section }) => !section.startsWith('other names')))(
    'gives $name the value that it has anyway',
    ({ name, value }) => {
      for (const env of [{}, everyChannel]) {
        const expected = readAllConfigs(env);
        if (!(name in env)) expect(readAllConfigs({ ...env, [name]: value })).toEqual(expected);
      }
      const defaults = [...variablesOfCompose, ...variablesOfScripts].filter(
        (variable) => variable.name === name,
      );
      for (const { fallback } of defaults) expect(fallback).toBe(value);
    },
  );

  it.each(ourServices)('tells of no setting that $name would not see in its container', ({ name, read }) => {
    const given = Object.keys(compose.services[name]?.environment ?? {});
    const looked = recordLooks(read, (variable) => (everyChannel as Environment)[variable]);

    const unseen = tunable.filter((variable) => looked.includes(variable) && !given.includes(variable));

    expect(unseen).toEqual([]);
  });

  it('tells of no setting that no container would see', () => {
    const reach = variablesOfCompose.map(({ name }) => name);

    expect(tunable.filter((name) => !reach.includes(name))).toEqual([]);
  });
});

describe('docs/event-store.md', () => {
  const [, , eventStore] = ourServices;
  const rows = Array.from(
    readText('docs/event-store.md').matchAll(/^\| `([A-Z_]+)` \|(?: `(.*?)`)? \|/gm),
    ([, name = '', value = '']) => ({ name, value }),
  );
  const otherNames = settings.filter(({ section }) => section.startsWith('other names'));

  it('lists every setting of the event store once, and no other', () => {
    const looked = recordLooks(eventStore.read, () => undefined);

    expect(rows.map(({ name }) => name).sort()).toEqual(
      looked.filter((variable) => otherNames.every(({ name }) => name !== variable)).sort(),
    );
  });

  it.each(rows)('gives $name the value that it has anyway', ({ name, value }) => {
    expect(eventStore.read({ [name]: value }).all).toEqual(eventStore.read({}).all);
  });
});

describe('docs/mediator.md', () => {
  const [, , , mediator] = ourServices;
  const [, section = ''] = readText('docs/mediator.md').split('\n## Settings\n');
  const [table = ''] = section.split('\n## ');
  const named = Array.from(table.matchAll(/^\| (`.*?) \|/gm), ([, cell = '']) => cell).flatMap((cell) =>
    Array.from(cell.matchAll(/`([A-Z_]+)`/g), ([, name = '']) => name),
  );
  const isOtherName = (variable: string) =>
    settings.some(({ name, section }) => name === variable && section.startsWith('other names'));

  it('lists every setting of the mediator once, and no other', () => {
    const looked = recordLooks(mediator.read, () => undefined);

    expect(named.toSorted()).toEqual(looked.filter((variable) => !isOtherName(variable)).toSorted());
  });
});

describe('the names that the guides use', () => {
  it('are accepted in place of ours', () => {
    const examples = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    const pick = (pattern: RegExp) =>
      Object.fromEntries(Object.entries(examples).filter(([name]) => pattern.test(name)));
    const [orders, , eventStore] = ourServices;

    const expected = [
      'mysql://orderuser:orderpass@localhost:3306/order_db',
      'redis://localhost:6379/0',
      'amqp://guest:guest@localhost:5672',
      'http://127.0.0.1:8083',
    ];
    expect(orders.read(pick(/^(DB_(?!ROOT)|REDIS_(?!URL)|RABBITMQ_URL)/)).urls).toEqual(expected);
    expect(orders.read(pick(/^(MYSQL_|REDIS_URL|RABBITMQ_URL)/)).urls).toEqual(expected);
    expect(orders.read({ PORT: '9000' }).port).toBe(9000);
    expect(eventStore.read(pick(/^(MONGODB_URI|KAFKA_BROKERS)$/)).urls).toEqual(
      expect.arrayContaining(['mongodb://localhost:27017/event_store', 'kafka://localhost:9092']),
    );
  });
});

describe('parameters of single commands', () => {
  it.each(parametersOfCommands)('%s is explained by make help', (name) => {
    expect(readText('Makefile')).toMatch(new RegExp(`^[a-z-]+:.*## .*\\b${name}=`, 'm'));
  });
});

describe('scripts/stack.sh', () => {
  it('reads .env, and lets the environment of its caller win', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-env-'));
    writeFileSync(path.join(folder, '.env'), 'ORDER_URL=http://from-file\nANALYTICS_URL=http://from-file\n');

    const command = `. '${root}/scripts/stack/common.sh'; echo "$ORDER_URL $ANALYTICS_URL $NOTIFICATION_URL"`;
    const env = { PATH: process.env['PATH'], ORDER_URL: 'http://from-caller' };
    const { stdout } = spawnSync('bash', ['-euc', command], { cwd: folder, env, encoding: 'utf8' });

    rmSync(folder, { recursive: true });
    expect(stdout.trim()).toBe('http://from-caller http://from-file http://localhost:8084');
  });
});
