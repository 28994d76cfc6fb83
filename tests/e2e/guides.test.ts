import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { placeOrder } from './support/orders';
import { analyticsUrl, eventStoreUrl, mediatorUrl, notificationUrl, orderUrl } from './support/system';

const run = promisify(execFile);
const root = path.join(__dirname, '../..');

/** Where the guides say that the services are, and where they are. */
const addresses = [
  ['http://localhost:8080', orderUrl],
  ['http://localhost:8081', analyticsUrl],
  ['http://localhost:8082', eventStoreUrl],
  ['http://localhost:8083', mediatorUrl],
  ['http://localhost:8084', notificationUrl],
] as const;

/** The commands of a guide, block by block, as they stand there; without those for `make`. */
function readCommands(file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const blocks = [...text.matchAll(/^```bash\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks
    .map((block) => block.replaceAll(/^make .*$/gm, ''))
    .filter((block) => block.includes('curl '));
}

/** Runs a block in bash, where curl fails when the answer is a refusal. */
async function runCommands(block: string, orderId: string): Promise<string> {
  const here = addresses.reduce((text, [said, actual]) => text.replaceAll(said, actual), block);
  const script = `set -euo pipefail\ncurl() { command curl -sS --fail-with-body --max-time 20 "$@"; }\n${here}`;
  const { stdout } = await run('bash', ['-c', script.replaceAll('<id>', orderId)]);
  return stdout;
}

describe.each([
  'README.md',
  'TESTING.md',
  'docs/event-store.md',
  'docs/mediator.md',
  'docs/troubleshooting-events.md',
])('the commands of %s', (file) => {
  it.each(readCommands(file))('are answered as they stand there: %s', async (block) => {
    const { id } = await placeOrder();

    expect(await runCommands(block, id)).not.toBe('');
  });
});

describe('test.sh', () => {
  it('passes twice in a row, also while others place orders', async () => {
    const env = {
      PATH: process.env['PATH'],
      ORDER_URL: orderUrl,
      ANALYTICS_URL: analyticsUrl,
      EVENT_STORE_URL: eventStoreUrl,
      MEDIATOR_URL: mediatorUrl,
      NOTIFICATION_URL: notificationUrl,
    };

    for (let time = 0; time < 2; time += 1) {
      const { stdout } = await run('bash', [path.join(root, 'test.sh')], { env });
      expect(stdout).toMatch(/All \d checks passed\.\n$/);
    }
  });
});
