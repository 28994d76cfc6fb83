import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { exists, listFiles, listWorkspaces, readText, root } from './support/checkout';
import { parseCompose } from './support/compose-file';

const step = z.union([
  z.strictObject({
    uses: z.string().regex(/^[\w-]+\/[\w-]+@v\d+$/),
    with: z.record(z.string(), z.union([z.string(), z.boolean()])).optional(),
  }),
  z.strictObject({ name: z.string().optional(), run: z.string() }),
]);
const job = z.strictObject({
  if: z.string().optional(),
  needs: z.array(z.string()).default([]),
  'runs-on': z.string().regex(/^ubuntu-\d\d\.04$/),
  'timeout-minutes': z.int(),
  container: z.string().optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
  strategy: z
    .strictObject({ 'fail-fast': z.boolean(), matrix: z.strictObject({ node: z.array(z.int()) }) })
    .optional(),
  services: z
    .record(
      z.string(),
      z.strictObject({
        image: z.string(),
        env: z.record(z.string(), z.string()).optional(),
        ports: z.array(z.string()),
        options: z.string().optional(),
      }),
    )
    .optional(),
  env: z.record(z.string(), z.string()).default({}),
  steps: z.array(step),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.record(z.string(), z.unknown()),
  jobs: z.record(z.string(), job),
});

const { jobs, on } = workflow.parse(parse(readText('.github/workflows/ci.yml')));
const commandsOf = (name: string) =>
  (jobs[name]?.steps ?? []).flatMap((one) => ('run' in one ? one.run.trim().split('\n') : []));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readText('package.json')));

describe('.github/workflows/ci.yml', () => {
  it('runs for each change, and releases what is tagged after all else has passed', () => {
    expect(Object.keys(on)).toEqual(expect.arrayContaining(['push', 'pull_request']));
    const { release, ...others } = jobs;
    expect(release?.if).toBe("startsWith(github.ref, 'refs/tags/v')");
    expect(release?.needs.toSorted()).toEqual(Object.keys(others).sort());
  });

  it.each(['check', 'real-servers'])(
    'runs %s on the oldest Node that is meant, and on the one of the image',
    (name) => {
      const engines = /"node": ">=(\d+)/.exec(readText('package.json'))?.[1];
      const shipped = /^FROM node:(\d+)/m.exec(readText('deploy/Dockerfile'))?.[1];

      expect(jobs[name]?.strategy?.matrix.node).toEqual([Number(engines), Number(shipped)]);
      expect(readText('.github/workflows/ci.yml')).toContain("node-version: '${{ matrix.node }}'");
    },
  );

  it('checks all that `npm run check` does', () => {
    const parts = [...(scripts['check'] ?? '').matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, part]) => part);

    const steps = commandsOf('check').map((command) => /^npm (?:run )?([a-z:]+)/.exec(command)?.[1]);
    expect(steps).toEqual(expect.arrayContaining([...parts, 'build']));
  });

  it('counts the lines that its tests run', () => {
    expect(commandsOf('check')).toContain('npm test -- --config jest.coverage.config.cjs');
    expect(commandsOf('everything')).toContain('bash .ci/run');
  });

  it('runs the tests on the servers of docker-compose.yml, told by variables that tests look at', () => {
    const { services } = parseCompose(readText('docker-compose.yml'));
    const images = Object.values(services).map(({ image }) => image.split('-alpine')[0]);
    const used = Object.values(jobs['real-servers']?.services ?? {}).map(({ image }) => image);
    const sources = listFiles()
      .filter((file) => file.endsWith('.ts'))
      .map(readText)
      .join('\n');

    expect(used.filter((image) => !images.includes(image))).toEqual([]);
    expect(used).toHaveLength(5);
    const variables = Object.keys(jobs['real-servers']?.env ?? {});
    expect(variables.filter((name) => !sources.includes(name))).toEqual([]);
    for (const url of Object.values(jobs['real-servers']?.env ?? {}).map((text) => new URL(text))) {
      const published = Object.values(jobs['real-servers']?.services ?? {}).flatMap(({ ports }) => ports);
      expect(published).toContain(`${url.port}:${url.port}`);
    }
  });

  it('names scripts and files that exist', () => {
    const commands = Object.keys(jobs).flatMap(commandsOf);
    const files = commands.flatMap((command) =>
      [...command.matchAll(/(?<![\w/.:])(?:deploy|scripts|\.ci)\/[\w./-]+/g)].map(([file]) => file),
    );

    expect(
      commands
        .flatMap((command) => /npm run ([a-z:]+)/.exec(command)?.[1] ?? [])
        .filter((name) => !(name in scripts)),
    ).toEqual([]);
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((file) => !exists(file))).toEqual([]);
  });

  it('may write only where it releases', () => {
    const writing = Object.entries(jobs).filter(([, { permissions }]) => permissions !== undefined);

    expect(writing.map(([name]) => name)).toEqual(['release']);
  });
});

/** What `jest.coverage.config.cjs` counts and asks for, with the servers or without. */
function readCoverageConfig(requireAdapters: 'all' | 'none') {
  const { stdout } = spawnSync('node', ['-p', "JSON.stringify(require('./jest.coverage.config.cjs'))"], {
    cwd: root,
    env: { ...process.env, REQUIRE_ADAPTERS: requireAdapters },
    encoding: 'utf8',
  });
  return z
    .object({
      collectCoverageFrom: z.array(z.string()),
      coverageThreshold: z.record(z.string(), z.unknown()),
    })
    .parse(JSON.parse(stdout));
}

describe('.ci/run', () => {
  const text = readText('.ci/run').replaceAll(/\\\n\s*/g, '');

  it('fails when the tests of a package pass over more than a tenth of its lines', () => {
    const everywhere = readCoverageConfig('none');
    const packages = listWorkspaces().filter((file) => file.startsWith('packages/'));

    expect(everywhere.coverageThreshold).toEqual(
      Object.fromEntries(packages.map((file) => [`./${path.dirname(file)}/src/`, { lines: 90 }])),
    );
    expect(text).toContain('counting=--config=jest.coverage.config.cjs');
    expect(text).toMatch(/^unit_tests\(\) \{ make test JEST="\$counting /m);
  });

  it('holds adapters to the same where their servers run, and leaves out nothing but them elsewhere', () => {
    const { collectCoverageFrom, coverageThreshold } = readCoverageConfig('all');
    const everywhere = readCoverageConfig('none');

    const adapters = collectCoverageFrom.filter((files) => !files.startsWith('!'));
    expect(everywhere.collectCoverageFrom.toSorted()).toEqual(
      [
        'packages/*/src/**/*.ts',
        '!**/*.test.ts',
        '!**/testing/**',
        ...adapters.map((files) => `!${files}`),
      ].toSorted(),
    );
    expect(coverageThreshold).toEqual({
      './packages/messaging/src/': { lines: 90 },
      './packages/storage/src/': { lines: 90 },
    });
    expect(text).toMatch(/bash scripts\/with-backends\.sh npm test --silent -- "\$counting" /);
  });

  it.each([
    ['a failed test', 1, { numPassedTests: 4, numFailedTests: 1, success: false }, '4 1'],
    [
      'too few lines, which no test stands for',
      1,
      { numPassedTests: 5, numFailedTests: 0, success: false },
      '5 1',
    ],
    ['nothing', 0, { numPassedTests: 5, numFailedTests: 0, success: true }, '5 0'],
  ])('counts %s as jest reports it', (_, status, report, counts) => {
    const step = /^step\(\) \{\n[^]*?^\}\n/m.exec(text)?.[0] ?? '';
    const run = `echo "$REPORT" > "$JEST_REPORT"; exit ${status}`;
    const script = `${step}\nstep jest bash -c '${run}' >&2; rm -r "$reports"; echo "$passed $failed"`;

    const { stdout } = spawnSync('bash', ['-c', `passed=0 failed=0 reports=$(mktemp -d)\n${script}`], {
      env: { ...process.env, REPORT: JSON.stringify({ ...report, numRuntimeErrorTestSuites: 0 }) },
      encoding: 'utf8',
    });
    expect(stdout).toBe(`${counts}\n`);
  });

  it('counts and prints, where it is joined, a step that runs beside others, and ends it with itself', () => {
    const functions = /^# aside [^]*?^step\(\) \{\n[^]*?^\}\n/m.exec(text)?.[0] ?? '';
    const script = [
      'passed=0 failed=0 reports=$(mktemp -d)',
      functions,
      'goes_on() { until [ -e "$reports/next" ]; do sleep 0.01; done; echo "went on"; return 3; }',
      'aside slow goes_on',
      'step next touch "$reports/next"',
      'step slow joined slow',
      'echo "$passed $failed"',
      'aside endless sleep 600',
      'end_asides; wait "${asides[endless]}"; echo "ended with $?"',
    ].join('\n');

    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(functions).toContain('trap end_asides EXIT');
    expect(stdout.trim().split('\n')).toEqual([
      '==> next',
      expect.stringMatching(/^<== next: ok after \d+ s$/),
      '==> slow',
      'went on',
      expect.stringMatching(/^<== slow: FAILED \(3\) after \d+ s$/),
      '1 1',
      'ended with 143',
    ]);
  });
});

describe('what people are asked when they report something', () => {
  const form = z.strictObject({
    name: z.string(),
    description: z.string(),
    labels: z.array(z.string()),
    body: z.array(
      z.strictObject({
        type: z.enum(['textarea', 'input', 'dropdown']),
        id: z.string(),
        attributes: z.strictObject({
          label: z.string(),
          description: z.string().optional(),
          options: z.array(z.string()).optional(),
          render: z.string().optional(),
        }),
        validations: z.strictObject({ required: z.boolean() }).optional(),
      }),
    ),
  });

  it.each(['bug', 'wish'])('is a form that GitHub can show: %s', (name) => {
    const { body } = form.parse(parse(readText(`.github/ISSUE_TEMPLATE/${name}.yml`)));

    expect(new Set(body.map(({ id }) => id)).size).toBe(body.length);
    expect(
      body.filter(({ type, attributes }) => (type === 'dropdown') !== (attributes.options !== undefined)),
    ).toEqual([]);
  });

  it('is private for what could harm others, and the readme says where to ask', () => {
    expect(readText('SECURITY.md')).toContain('not as an issue');
    expect(readText('README.md')).toMatch(/^## Support$/m);
    expect(exists('.github/pull_request_template.md')).toBe(true);
  });
});
