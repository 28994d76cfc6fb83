import { defineRoute, listenAddress, readEnvironment, reply, runServices } from '../index';
import type { ServiceFactory } from '../service';
import { serviceWith } from './service-with';

/** A process to be started and stopped by tests; `SAMPLE_FAULT` tells what goes wrong in it. */
const factories: readonly ServiceFactory[] = [
  ({ own }) => {
    const { listen } = readEnvironment({ listen: listenAddress({ port: 0 }) });
    const fault = process.env['SAMPLE_FAULT'];
    if (fault === 'hang') own({ close: () => new Promise(() => undefined) });
    const slow = defineRoute({
      method: 'get',
      path: '/slow',
      role: 'reader',
      summary: 'Answer when the process stops',
      responses: {},
      handle: ({ signal, log }) =>
        new Promise((resolve) => {
          log.info('under way');
          signal.addEventListener('abort', () => {
            resolve(reply(200, { finished: true }));
          });
        }),
    });
    const prepare = async () => {
      if (fault === 'reject') void Promise.reject(new TypeError('nobody caught this'));
    };
    return serviceWith({ listen, routes: [slow], prepare });
  },
];

void runServices(factories, { stopWithinMs: 1_000 });
