import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ModuleKind, transpileModule } from 'typescript';
import { readText, root } from './support/checkout';

const packages = ['packages/core', 'packages/cloudevents'];

const program = `
  const { describeInboxContract } = require('@fanfare/cloudevents/testing');
  if (typeof describeInboxContract !== 'function') throw new Error('the contract of inboxes is not there');
  const { runProducer, startConsumer } = require('./quick-start.js');
  startConsumer(0).then(({ url, stop }) => runProducer(url).then(stop));
`;

function describePackedPackage(): void {
  let project = '';
  beforeAll(() => {
    project = mkdtempSync(path.join(tmpdir(), 'fanfare-packed-'));
  });
  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  const run = (command: string, parameters: readonly string[], cwd: string) =>
    execFileSync(command, parameters, { cwd, encoding: 'utf8' });

  it('runs its quick start in an empty project', () => {
    run('npx', ['tsc', '-b', 'packages/cloudevents'], root);
    const packed = packages.map((place) =>
      run('npm', ['pack', '--silent', '--pack-destination', project, '-w', place], root).trim(),
    );
    writeFileSync(path.join(project, 'package.json'), '{ "private": true }');

    run('npm', ['install', '--offline', '--no-audit', ...packed.map((file) => `./${file}`)], project);
    const { outputText } = transpileModule(readText('packages/cloudevents/examples/quick-start.ts'), {
      compilerOptions: { module: ModuleKind.CommonJS },
    });
    writeFileSync(path.join(project, 'quick-start.js'), outputText);

    const output = run(process.execPath, ['-e', program], project);
    expect(output).toBe("received com.example.user.created of user-42: { name: 'Ada' }\nack 204\n");
  }, 300_000);
}

describe.each(packages)('%s', (place) => {
  const { exports: ways } = JSON.parse(readText(`${place}/package.json`)) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };

  it.each(Object.entries(ways))('has what is packed behind %s', (_, { types, default: code }) => {
    expect([types, code]).toEqual([
      expect.stringMatching(/^\.\/dist\/.*\.d\.ts$/),
      expect.stringMatching(/^\.\/dist\/.*\.js$/),
    ]);
  });
});

if (process.env['FANFARE_SLOW_TESTS'] === '1') {
  describe('the packed CloudEvents package', describePackedPackage);
} else {
  it.skip('runs its quick start in an empty project (it builds and packs: set FANFARE_SLOW_TESTS=1)', () =>
    undefined);
}
