import { migrateMessaging, openMessageBus } from '@fanfare/messaging';
import { openDatabase } from '@fanfare/storage';
import type { ServiceFactory } from '../hosting/service';
import { defineRoute, listenAddress, readEnvironment, reply, runServices } from '../index';
import { serviceWith } from './service-with';

/** A process to be started and stopped by tests; `SAMPLE_FAULT` tells what goes wrong in it. */
const factories: readonly ServiceFactory[] = [
  async ({ own, hub, clock }) => {
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
    const reject = defineRoute({
      method: 'get',
      path: '/reject',
      role: 'reader',
      summary: 'Leave an error to nobody',
      responses: {},
      handle: () => {
        void Promise.reject(new TypeError('nobody caught this'));
        return reply(200);
      },
    });
    const file = process.env['SAMPLE_DATABASE_URL'];
    const database = file === undefined ? undefined : own(await openDatabase(file, { clock }));
    const bus = own(await openMessageBus('memory:', { hub, clock }));
    const prepare = async () => {
      if (database) await migrateMessaging(database);
      if (fault === 'reject') void Promise.reject(new TypeError('nobody caught this'));
    };
    const reporting = database && { service: 'order-service' as const, database, bus };
    return serviceWith({ listen, routes: [slow, reject], prepare, reporting });
  },
];

void runServices(factories, { stopWithinMs: 1_000 });
