import { evaluateAtBroker } from '@fanfare/messaging/testing';
import { killBackend, needVariable, readBackendUrls, type BackendName } from './backends';

/**
 * SIGKILL for a backend that has on its disk all that was made there, and need not be asked for it. RabbitMQ registers a
 * queue there only some time after the declaration, and one that it has not registered comes back without a leader:
 * `unanswered-queue.test.ts` of the bus looks at that; here a broker is killed that has run for some seconds.
 */
export async function killSettled(backend: BackendName): Promise<void> {
  if (backend === 'rabbitmq') {
    const rabbitmqctl = needVariable(await readBackendUrls(), 'TEST_RABBITMQCTL');
    await evaluateAtBroker(rabbitmqctl, 'dets:sync(ra_directory_reverse).');
  }
  await killBackend(backend);
}
