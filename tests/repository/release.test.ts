import { spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { z } from 'zod';
import { listWorkspaces, readText, root } from './support/checkout';

const manifest = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});
const manifestIn = (file: string) => manifest.parse(JSON.parse(readText(file)));

const changelog = readText('CHANGELOG.md');
const headings = [...changelog.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
const [unreleased, ...releases] = headings;
const notesOf = (heading: string) => changelog.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

/** What the workflow runs when a tag is pushed. */
const commands = z
  .object({
    jobs: z.object({ release: z.object({ steps: z.array(z.object({ run: z.string().optional() })) }) }),
  })
  .parse(parse(readText('.github/workflows/ci.yml')))
  .jobs.release.steps.map(({ run }) => run ?? '');

function runOnTag(command: string, tag: string) {
  return spawnSync('bash', ['-ec', command], {
    cwd: root,
    env: { ...process.env, TAG: tag },
    encoding: 'utf8',
  });
}

describe('CHANGELOG.md', () => {
  it('has what is to come first, then every release with its date, the newest first', () => {
    expect(unreleased).toBe('Unreleased');
    expect(releases.length).toBeGreaterThan(0);
    for (const release of releases) expect(release).toMatch(/^\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}$/);
    const dates = releases.map((release) => release.split(' - ')[1]);
    expect(dates).toEqual(dates.toSorted().reverse());
  });

  it.each([
    ...['Initial release', 'basic mediator types', 'REST API', 'WebSocket support', 'Kafka integration'],
    ...[
      'Database support',
      'Caching',
      'Monitoring',
      'Security features',
      'CONTRIBUTING',
      'licence',
      'support',
    ],
  ])('names among what the first release brought: %s', (point) => {
    expect(notesOf(releases.at(-1) ?? '')).toContain(point);
  });
});

describe('a release', () => {
  const { version } = manifestIn('package.json');

  it('has one version: that of the newest entry of the changelog, in every package and what it asks of others', () => {
    const named = listWorkspaces().flatMap((file) => {
      const { version: own, dependencies } = manifestIn(file);
      const siblings = Object.entries(dependencies).filter(([name]) => name.startsWith('@fanfare/'));
      return [own, ...siblings.map(([, asked]) => asked)].map((text) => ({ file, text }));
    });

    expect(releases[0]).toMatch(new RegExp(`^${version} - `));
    expect(manifestIn('package-lock.json').version).toBe(version);
    expect(named.filter(({ text }) => text !== version)).toEqual([]);
  });

  it('is made of the tag of that version, and of no other', () => {
    const check =
      commands.find((command) => command.includes('CHANGELOG.md') && command.startsWith('test ')) ?? '';

    expect(runOnTag(check, `v${version}`)).toMatchObject({ status: 0 });
    expect(runOnTag(check, 'v0.0.9')).toMatchObject({ status: 1 });
  });

  it('has the notes of the changelog, and nothing of what is to come', () => {
    const [, notes = ''] = /<\((awk .+)\)$/m.exec(commands.join('\n')) ?? [];

    const { stdout } = runOnTag(notes, `v${version}`);

    expect(stdout.trim()).toBe(`## ${releases[0]}\n${notesOf(releases[0] ?? '')}`.trim());
  });
});
