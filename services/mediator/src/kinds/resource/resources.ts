import { createValidate } from '@fanfare/service-kit';
import { transactOnce } from '../../create-once';
import type { Part, PartDeps } from '../../part';
import { createAcquireLease } from './acquire-lease';
import { createEndLease } from './end-lease';
import { leaseRoutes } from './lease-routes';
import { leaseStore } from './lease-store';
import { createManageResources } from './manage-resources';
import { createdReply, resourceRoutes } from './resource-routes';
import { newResourceBody } from './resource-schemas';
import { resourceStore } from './resource-store';

/** Mediators of kind resource: what there is only so much of, leased to colleagues in turn. */
export function createResources(
  deps: Pick<PartDeps, 'database' | 'directory' | 'clock' | 'newId' | 'waiting'>,
): Part {
  const { database, clock } = deps;
  const manageResources = createManageResources(deps);
  const endLease = createEndLease(deps);
  const validate = createValidate(newResourceBody, 'body');
  return {
    routes: [
      ...resourceRoutes({ ...deps, manageResources }),
      ...leaseRoutes({ ...deps, acquireLease: createAcquireLease({ ...deps, endLease }), endLease }),
    ],
    createByMessage: {
      async resource({ mediator, body: posted }) {
        const body = validate(posted);
        const created = await transactOnce(database, (tx) => manageResources.create(tx, mediator, body));
        return createdReply(deps, mediator, created);
      },
    },
    onMediatorRemoved: (tx, mediatorKey) => resourceStore.remove(tx, mediatorKey),
    onColleagueUnregistered: (tx, mediatorKey, colleagueId) =>
      leaseStore.releaseAllOf(tx, mediatorKey, colleagueId, clock.now()),
    prune: (before, limit) => leaseStore.prune(database.queries, before, limit),
  };
}
