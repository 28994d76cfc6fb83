import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exists, listFiles, readText, root } from './support/checkout';

const services = ['order-service', 'analytics-service', 'event-store', 'mediator', 'notification-worker'];
const product = listFiles().filter(
  (file) => /^(packages|services)\/[^/]+\/src\/.*\.ts$/.test(file) && !/\.test\.ts$|\/testing\//.test(file),
);

/** What the import rules say of a tree of two files, the first of which imports the second. */
function judgeImport(from: string, to: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-imports-'));
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  const target = path.relative(path.dirname(from), to.replace(/\.ts$/, ''));
  write(from, `import { it } from './${target}';\nexport const other = it;\n`);
  write(to, 'export const it = 1;\n');
  write('tsconfig.check.json', '{}');
  const folders = new Set([from, to].map((file) => file.split('/')[0] ?? ''));
  const { status, stdout } = spawnSync(
    path.join(root, 'node_modules/.bin/depcruise'),
    ['--config', path.join(root, '.dependency-cruiser.cjs'), ...folders],
    { cwd: folder, encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  return { isAllowed: status === 0, reasons: stdout };
}

describe('the import rules', () => {
  it.each([
    ['a lower package uses a higher one', 'packages/core/src/a.ts', 'packages/storage/src/b.ts'],
    ['storage uses messaging', 'packages/storage/src/a.ts', 'packages/messaging/src/b.ts'],
    ['a package uses a service', 'packages/service-kit/src/a.ts', 'services/order-service/src/b.ts'],
    ['a service uses a service', 'services/analytics-service/src/a.ts', 'services/order-service/src/b.ts'],
    ['the outbox knows its relay', 'packages/messaging/src/outbox/a.ts', 'packages/messaging/src/relay/b.ts'],
    [
      'a consumer knows a broker',
      'packages/messaging/src/consumer/a.ts',
      'packages/messaging/src/adapters/b.ts',
    ],
    [
      'messaging has an unknown folder',
      'packages/messaging/src/things/a.ts',
      'packages/messaging/src/bus/b.ts',
    ],
    ['a shared file knows a folder', 'packages/messaging/src/a.ts', 'packages/messaging/src/outbox/b.ts'],
    ['product code uses test code', 'packages/core/src/a.ts', 'packages/core/src/testing/b.ts'],
  ])('refuse that %s', (_, from, to) => {
    const { isAllowed, reasons } = judgeImport(from, to);

    expect(reasons).toContain(from);
    expect(isAllowed).toBe(false);
  });

  it('let a service use a package that it declares, a folder one below it, and a file its neighbour', () => {
    const [recorder, consumer] = [
      'packages/messaging/src/recorder/a.ts',
      'packages/messaging/src/consumer/b.ts',
    ];

    expect(judgeImport('services/order-service/src/a.ts', 'packages/core/src/b.ts').isAllowed).toBe(true);
    expect(judgeImport(recorder, consumer).isAllowed).toBe(true);
    expect(judgeImport('packages/core/src/a.ts', 'packages/core/src/b.ts').isAllowed).toBe(true);
  });
});

describe.each(services)('%s', (service) => {
  const lines = (file: string) => readText(`services/${service}/src/${file}`).trimEnd().split('\n').length;

  it('has the files that every service has', () => {
    for (const file of ['src/main.ts', 'src/config.ts', 'src/service.ts', 'migrations', 'test'])
      expect({ file, exists: exists(`services/${service}/${file}`) }).toEqual({ file, exists: true });
    expect(lines('main.ts')).toBeLessThanOrEqual(15);
  });
});

describe('the product', () => {
  it('reads the environment in config.ts only', () => {
    const readers = product.filter((file) => readText(file).includes('process.env'));

    expect(readers.filter((file) => path.basename(file) !== 'config.ts')).toEqual([]);
  });

  it('has each place to which ARCHITECTURE.md sends those who know the seed', () => {
    const [, table = ''] = readText('ARCHITECTURE.md').split("## Where the seed's files went");
    const rows = [...table.matchAll(/^\| `([^|]*)` \| ([^|]*) \|$/gm)];
    const places = rows.flatMap(([, , here = '']) =>
      [...here.matchAll(/`([^`]+)`/g)].map(([, place = '']) => place),
    );

    expect(rows.map(([, seeds]) => seeds)).toEqual([
      'cmd/*/main.go',
      'internal/handler',
      'internal/service',
      'internal/repository',
      'internal/cache',
      'internal/mq',
      'internal/model',
      'migrations',
    ]);
    expect(places.filter((place) => !listFiles().some((file) => isAt(file, place)))).toEqual([]);
  });
});

/** Whether a file is, or lies below, a place such as `*-store.ts`, `packages/messaging` or `place-order.ts`. */
function isAt(file: string, place: string): boolean {
  const pattern = place.replaceAll(/[.]/g, '\\.').replaceAll('(s)', 's?').replaceAll('*', '[^/]*');
  return new RegExp(`(^|/)${pattern}(/|$)`).test(file);
}
