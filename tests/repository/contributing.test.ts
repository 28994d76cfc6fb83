import { spawnSync } from 'node:child_process';
import { readText, root } from './support/checkout';

// a make that stands above another says so among what it prints
const env = { ...process.env, MAKEFLAGS: '', MAKELEVEL: '0' };

function run(command: string, ...parameters: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd: root, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** What `make` would run for a target, command by command. */
const commandsOf = (target: string): readonly string[] =>
  run('make', '--dry-run', target)
    .stdout.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const targetsIn = (text: string) => [...text.matchAll(/\bmake ([a-z0-9_-]+)/g)].map(([, name = '']) => name);

const textOf = (file: string) => readText(file).replaceAll(/\\\n\s*/g, '');

/** What the steps of `.ci/run` do, which begins with a bare checkout; of its functions those that are a step. */
function readCi(): string {
  const text = textOf('.ci/run');
  const functions = new Map(
    [...text.matchAll(/^(\w+)\(\) \{\s([^]*?)\s\}$/gm)].map(([, name = '', body = '']) => [name, body]),
  );
  const commands = [...text.matchAll(/^(?:step|aside) \S+ ((\S+).*)$/gm)].map(
    ([, command = '', name = '']) => functions.get(name) ?? command,
  );
  return [...commands, textOf('scripts/with-running-system.sh')].join('\n');
}

const ci = readCi();
const runInCi = [ci, ...targetsIn(ci).flatMap(commandsOf)].join('\n');

const [, steps = ''] = /```bash\n([^]*?)```/.exec(readText('CONTRIBUTING.md')) ?? [];
const targets = [...new Set(targetsIn(steps))];

describe('the steps of CONTRIBUTING.md', () => {
  it('are all targets of make', () => {
    const lines = steps.trim().split('\n');

    expect(targets).toEqual(expect.arrayContaining(['up', 'down', 'check', 'test-real', 'test-faults']));
    for (const line of lines) expect(line).toMatch(/^make [a-z-]+ +# /);
  });

  it.each(targets.filter((target) => target !== 'tidy'))(
    'are run from a bare checkout before each change lands: make %s',
    (target) => {
      const commands = commandsOf(target);

      expect(commands).not.toEqual([]);
      expect(commands.filter((command) => !runInCi.includes(command))).toEqual([]);
    },
  );

  it('find nothing to format, mend or prune there: make tidy', () => {
    const [tidy = '', prune = ''] = commandsOf('tidy').at(-1)?.split(' && ') ?? [];

    // what it would mend is a failure of `make lint`; tidy.test.ts runs it on files that are not tidy
    expect(tidy).toBe('npm run --silent tidy');
    expect(targetsIn(ci)).toContain('lint');
    expect(prune).toMatch(/^npm prune /);
    const { status, stdout } = run('npm', ...prune.split(' ').slice(1), '--dry-run', '--json');
    expect({ status, removed: (JSON.parse(stdout) as { removed: number }).removed }).toEqual({
      status: 0,
      removed: 0,
    });
  });
});
