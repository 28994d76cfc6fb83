import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Has the broker evaluate an Erlang expression, as an operator at its machine may. `rabbitmqctl` is that program with
 * its environment and options, as `make backends` prints it.
 */
export async function evaluateAtBroker(rabbitmqctl: string, expression: string): Promise<void> {
  await run('sh', ['-c', `${rabbitmqctl} eval "$0"`, expression]);
}
