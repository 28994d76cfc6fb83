import { createValidate } from '@fanfare/service-kit';
import { transactOnce } from '../../create-once';
import type { Part, PartDeps } from '../../part';
import { createCarryOutPlans, serviceSource } from './carry-out-plans';
import { createManageServices } from './manage-services';
import { registeredReply, serviceRoutes } from './service-routes';
import { newServiceBody } from './service-schemas';
import { serviceStore } from './service-store';

/** Mediators of kind service: programs that depend on each other, started and stopped in order. */
export function createServices(deps: PartDeps): Part {
  const { database, timers, work } = deps;
  const carryOut = createCarryOutPlans(deps);
  const manageServices = createManageServices({ ...deps, carryOut });
  timers.handle(serviceSource, carryOut.onTimer);
  work.addSource(carryOut.source);

  const validate = createValidate(newServiceBody, 'body');
  return {
    routes: serviceRoutes({ ...deps, manageServices }),
    createByMessage: {
      async service({ mediator, body: posted }) {
        const body = validate(posted);
        const created = await transactOnce(database, (tx) => manageServices.register(tx, mediator, body));
        return registeredReply(deps, mediator, created);
      },
    },
    onMediatorRemoved: (tx, mediatorKey) => serviceStore.removeAll(tx, mediatorKey),
  };
}
