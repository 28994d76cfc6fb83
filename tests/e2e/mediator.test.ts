import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { mediatorUrl } from './support/system';

const run = promisify(execFile);
const env = { PATH: process.env['PATH'], MEDIATOR_URL: mediatorUrl };

/** The script makes some 150 calls, each by a process of its own. */
const scriptTimeoutMs = 120_000;

describe('mediator.sh', () => {
  it(
    'is answered by every route that the mediator describes',
    async () => {
      const { stdout } = await run('bash', [path.join(__dirname, 'mediator.sh')], { env });

      expect(stdout).toMatch(/All \d+ routes answer\.\n$/);
    },
    scriptTimeoutMs,
  );
});

describe('examples/mediator/kinds.mjs', () => {
  it('shows what each of the ten kinds is for', async () => {
    const example = path.join(__dirname, '../../examples/mediator/kinds.mjs');

    const { stdout } = await run(process.execPath, [example], { env });

    const shown = [...stdout.matchAll(/^(\w+)\n(?: {2}(?:GET|POST) .*\n)+ {2}= (.*)$/gm)];
    expect(shown.map(([, kind, outcome]) => [kind, outcome])).toEqual([
      ['message', 'completed: hello'],
      ['event', 'user.created: Eve'],
      ['command', 'completed: 2 brewed'],
      ['query', '21.5 degrees, and 21.5 from memory (cached: true)'],
      ['notification', 'eve has read it, fay has not'],
      ['workflow', 'completed: stock completed, money completed, gift skipped, parcel completed'],
      ['service', 'started database, then shop; stopped shop, then database'],
      ['resource', 'ann had token 1, bob has 2: exhausted'],
      ['task', 'pack, then ship: 2 completed'],
      ['job', expect.stringMatching(/^completed: 12 removed; runs by itself at 20\d\d-.*Z$/)],
    ]);
  });
});
