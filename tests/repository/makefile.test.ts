import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { exists, listFiles, readText, root } from './support/checkout';

const makefile = readText('Makefile').replaceAll(/\\\n\s*/g, ' ');
const phonyTargets = [...makefile.matchAll(/^\.PHONY:(.*)$/gm)].flatMap(([, names = '']) =>
  names.trim().split(/\s+/),
);
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readText('package.json')));

/** Where commands are given to people and to machines. */
const instructions = listFiles().filter((file) =>
  /(\.md|\.sh|^Makefile|^package\.json|^\.ci\/.*|\.ya?ml)$/.test(file),
);
const shellScripts = listFiles().filter((file) => file.endsWith('.sh') || file === '.ci/run');

function run(command: string, ...parameters: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** What `pattern` finds in the files, each with the file that says it. */
function findIn(files: readonly string[], pattern: RegExp) {
  return files.flatMap((file) =>
    [...readText(file).matchAll(pattern)].map(([, name = '']) => ({ file, name })),
  );
}

describe('the Makefile', () => {
  const helpLines = run('make', 'help')
    .stdout.split('\n')
    .filter((line) => line !== '');

  it('explains every target once, in one line each', () => {
    const explained = helpLines.map((line) => /^ {2}make (\S+) +\S.{10,}$/.exec(line)?.[1]);

    expect([...explained].sort()).toEqual([...phonyTargets].sort());
  });

  it('says the same when it is asked for nothing', () => {
    expect(
      run('make')
        .stdout.split('\n')
        .filter((line) => line !== ''),
    ).toEqual(helpLines);
  });

  it('has a target for all that it explains and declares', () => {
    const targets = [...makefile.matchAll(/^([a-z][a-z0-9_-]*):/gm)].map(([, name]) => name);

    expect(targets.sort()).toEqual([...phonyTargets].sort());
  });

  it.each('help tidy test build up down logs clean restart order analytics notification'.split(' '))(
    'has the target %s of the guide',
    (target) => {
      expect(phonyTargets).toContain(target);
    },
  );

  it.each(
    'lint typecheck check backends backends-install backends-stop dead-letters bench logs-worker ledger event-store verify'.split(
      ' ',
    ),
  )('has the target %s for those who develop it', (target) => {
    expect(phonyTargets).toContain(target);
  });

  it.each(phonyTargets)('knows all that %s is made of', (target) => {
    expect(run('make', '--dry-run', target)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('what the instructions name', () => {
  it('is a script that exists', () => {
    const named = findIn(
      instructions,
      /(?<![\w/.-])((?:scripts|deploy|bench|\.ci)\/[\w./-]*\.(?:sh|cjs|mjs|ts))\b/g,
    );

    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ name }) => !exists(name))).toEqual([]);
  });

  it('is an npm script that exists', () => {
    const named = findIn(instructions, /\bnpm run (?:--silent )?([a-z][a-z0-9:-]*)/g);

    expect(named.length).toBeGreaterThan(3);
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });

  it('is a target that exists', () => {
    const named = findIn(instructions, /(?:`|^\s*|&& |; )make ([a-z][a-z0-9_-]*)/gm);

    expect(named.length).toBeGreaterThan(3);
    expect(named.filter(({ name }) => !phonyTargets.includes(name))).toEqual([]);
  });
});

describe('every shell script', () => {
  it.each(shellScripts)('%s is one that bash can read', (file) => {
    expect(run('bash', '-n', file)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(shellScripts.filter((file) => exists(file) && readText(file).startsWith('#!')))(
    '%s ends at a failure that it does not handle',
    (file) => {
      expect(readText(file)).toMatch(/^set -(euo|uo) pipefail$/m);
    },
  );

  const isInstalled = run('shellcheck', '--version').status === 0;
  const mustCheck = isInstalled || process.env['REQUIRE_ADAPTERS'] === 'all';
  const itChecks = mustCheck ? it : it.skip;

  itChecks(
    `is clean by shellcheck${mustCheck ? '' : ' (it is not installed)'}`,
    () => {
      expect(run('shellcheck', '-x', '-P', 'SCRIPTDIR', '-P', '.', ...shellScripts)).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
    },
    60_000,
  );
});
