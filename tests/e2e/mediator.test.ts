import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { mediatorUrl } from './support/system';

const run = promisify(execFile);

/** A script calls some 150 times, each time by a process of its own. */
const timeoutMs = 120_000;

describe('mediator.sh', () => {
  it(
    'is answered by every route that the mediator describes',
    async () => {
      const env = { PATH: process.env['PATH'], MEDIATOR_URL: mediatorUrl };

      const { stdout } = await run('bash', [path.join(__dirname, 'mediator.sh')], { env });

      expect(stdout).toMatch(/All \d+ routes answer\.\n$/);
    },
    timeoutMs,
  );
});
