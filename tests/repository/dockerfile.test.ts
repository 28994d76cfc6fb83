import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exists, listFiles, listWorkspaces, readText, root } from './support/checkout';
import {
  createIgnoreRule,
  environmentOf,
  instructionsOf,
  parseDockerfile,
  readCopy,
  readExecForm,
  type Instruction,
  type Stage,
} from './support/dockerfile';
import { ourServices } from './support/our-services';

const stages = parseDockerfile(readText('deploy/Dockerfile'));
const isIgnored = createIgnoreRule(readText('.dockerignore'));
const build = stageAt(0);
const runtime = stageAt(-1);

function stageAt(index: number): Stage {
  const stage = stages.at(index);
  if (!stage) throw new Error('deploy/Dockerfile has no stage');
  return stage;
}

const runsOf = (stage: Stage) => instructionsOf(stage, 'RUN').map(({ text }) => text);
const copiesOf = (stage: Stage) => instructionsOf(stage, 'COPY').map(readCopy);

/** The instructions in front of the first one that runs such a command. */
function before({ instructions }: Stage, command: string): readonly Instruction[] {
  const index = instructions.findIndex(({ keyword, text }) => keyword === 'RUN' && text.startsWith(command));
  if (index < 0) throw new Error(`the Dockerfile does not run ${command}`);
  return instructions.slice(0, index);
}

describe('deploy/Dockerfile', () => {
  it('builds in one stage and runs in another, smaller one of the same Node', () => {
    const [, buildTag] = build.base.split(':');
    const [, runtimeTag] = runtime.base.split(':');

    expect(stages.map(({ name }) => name)).toEqual(['build', 'runtime']);
    expect(runtimeTag).toBe(`${buildTag ?? ''}-slim`);
  });

  it('installs after the package.json of every workspace is there, so that none is forgotten', () => {
    const copied = before(build, 'npm ci')
      .filter(({ keyword }) => keyword === 'COPY')
      .map(readCopy);
    const manifests = copied
      .flatMap(({ sources }) => sources)
      .filter((file) => file.endsWith('/package.json'));

    expect([...manifests].sort()).toEqual(listWorkspaces());
    for (const { sources, target } of copied.filter(({ sources }) => sources[0]?.includes('/'))) {
      expect(sources).toEqual([`${target}package.json`]);
    }
  });

  it('installs exactly what the lock file says, before sources that change more often', () => {
    const copied = before(build, 'npm ci').flatMap((instruction) => readCopy(instruction).sources);

    expect(copied).toContain('package-lock.json');
    expect(copied.filter((source) => !source.endsWith('.json'))).toEqual([]);
  });

  it('copies only what exists and is not kept out of the build', () => {
    const sources = stages
      .flatMap(copiesOf)
      .filter(({ from }) => from === undefined)
      .flatMap((copy) => copy.sources);

    expect(sources.filter((source) => !exists(source))).toEqual([]);
    expect(sources.filter(isIgnored)).toEqual([]);
  });

  it('takes from the build stage only what that stage has made', () => {
    const taken = copiesOf(runtime).filter(({ from }) => from !== undefined);

    expect(taken.length).toBeGreaterThan(0);
    for (const { from, sources } of taken) {
      expect(from).toBe('build');
      for (const source of sources)
        expect(source).toMatch(/^\/app\/(package\.json|node_modules|packages|services)$/);
    }
  });

  it('leaves development dependencies behind, and what nobody runs, after the build that needs them', () => {
    expect(runsOf(build).map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'npm ci --no-audit',
      'npm run build',
      'npm prune --omit=dev',
      'find packages services',
      'find node_modules -type',
    ]);
    expect(runsOf(runtime).filter((command) => command.includes('npm'))).toEqual([]);
  });

  it('runs as a user who owns nothing but the data folder', () => {
    expect(instructionsOf(runtime, 'USER').map(({ text }) => text)).toEqual(['node']);
    expect(instructionsOf(runtime, 'COPY').map(({ flags }) => flags['chown'])).not.toContain('node:node');
    expect(runsOf(runtime)).toEqual(['mkdir data && chown node:node data']);
  });

  it('starts node itself, so that it gets the signals that stop it', () => {
    expect(instructionsOf(runtime, 'CMD').map(({ text }) => readExecForm(text))).toEqual([
      ['node', 'deploy/start.cjs'],
    ]);
    expect(instructionsOf(runtime, 'ENTRYPOINT')).toEqual([]);
  });

  it('runs everything unless it is built for one service, which then listens where its health is asked for', () => {
    expect(environmentOf(runtime)).toMatchObject({ SERVICE: 'all-in-one', SERVICE_PORT: '8080' });
    for (const { name, read } of ourServices)
      expect({ name, port: read(environmentOf(runtime)).port }).toEqual({ name, port: 8080 });
  });

  it.each(['all-in-one', ...ourServices.map(({ name }) => name)])(
    'starts %s by its name, in the same process',
    (name) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-start-'));
      const main = path.join(folder, 'services', name, 'dist');
      mkdirSync(main, { recursive: true });
      writeFileSync(path.join(main, 'main.js'), 'console.log(__dirname, process.pid)');
      mkdirSync(path.join(folder, 'deploy'));
      copyFileSync(path.join(root, 'deploy/start.cjs'), path.join(folder, 'deploy/start.cjs'));

      const { stdout, pid } = spawnSync(process.execPath, ['deploy/start.cjs'], {
        cwd: folder,
        env: { SERVICE: name },
        encoding: 'utf8',
      });

      rmSync(folder, { recursive: true });
      expect(exists(`services/${name}/src/main.ts`)).toBe(true);
      expect(stdout).toBe(`${main} ${pid}\n`);
    },
  );

  it('makes an image of its own for each service, by a command of the readme', () => {
    const commands = [
      ...readText('README.md').matchAll(
        /^docker build -f deploy\/Dockerfile --build-arg SERVICE=(\S+) -t (\S+) \.$/gm,
      ),
    ];
    const imageOf = (name: string) => (name.includes('-') ? name : `${name}-service`);

    expect(commands.map(([, service, image]) => [service, image])).toEqual(
      ourServices.map(({ name }) => [name, imageOf(name)]),
    );
  });

  it('asks the service about its health with a file that is in the image', () => {
    const [check, ...further] = instructionsOf(runtime, 'HEALTHCHECK');
    const command = readExecForm(check?.text.replace(/^CMD\s+/, '') ?? '');

    expect(further).toEqual([]);
    expect(command).toEqual(['node', 'deploy/healthcheck.cjs']);
    expect(copiesOf(runtime).map(({ target }) => target)).toContain('deploy/healthcheck.cjs');
    expect(Object.keys(check?.flags ?? {})).toEqual(['interval', 'timeout', 'start-period', 'retries']);
  });
});

describe('.dockerignore', () => {
  it.each([
    'node_modules/a.js',
    'packages/core/node_modules/a.js',
    'packages/core/dist/index.js',
    '.git/HEAD',
    '.env',
    'data/orders.db',
    '.backends/redis/data',
    'packages/core/dist/.tsbuildinfo',
  ])('keeps %s out of the build', (file) => {
    expect(isIgnored(file)).toBe(true);
  });

  it('lets every source of the product in', () => {
    const sources = listFiles().filter((file) => /^(packages|services)\//.test(file));

    expect(sources.filter(isIgnored)).toEqual([]);
  });
});

describe('the reader of Dockerfiles', () => {
  it('joins lines, skips comments and separates options', () => {
    const [stage] = parseDockerfile('# x\nFROM a:1 AS b\nCOPY --from=c --chown=d:e f \\\n  # why\n  g h/\n');

    expect(stage).toMatchObject({ name: 'b', base: 'a:1' });
    expect(stage?.instructions).toEqual([
      { keyword: 'COPY', flags: { from: 'c', chown: 'd:e' }, text: 'f g h/' },
    ]);
  });

  it('refuses the shell form of a command', () => {
    expect(() => readExecForm('node main.js')).toThrow();
  });
});
