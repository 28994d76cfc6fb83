import { allowsPrivateEndpoints, createCheckEndpoint } from '@fanfare/cloudevents';
import type { Part, PartDeps } from '../part';
import { isActive } from './activity';
import { colleagueRoutes } from './colleague-routes';
import type { Registration } from './colleague-store';
import { createManageColleagues, type ManageColleagues } from './manage-colleagues';
import { createManageMediators, type ManageMediators } from './manage-mediators';
import { mediatorRoutes } from './mediator-routes';
import { createRequireEndpoint, type RequireEndpoint } from './require-endpoint';

export type MediatorsDeps = Pick<
  PartDeps,
  'config' | 'database' | 'clock' | 'newId' | 'announce' | 'waiting' | 'directory'
> & {
  /** All the other parts. */
  readonly parts: readonly Part[];
};

/** Mediators and colleagues themselves, for HTTP and for those who change them in other ways. */
export interface Mediators extends Part {
  readonly manageMediators: ManageMediators;
  readonly manageColleagues: ManageColleagues;
  readonly requireEndpoint: RequireEndpoint;
}

export function createMediators(deps: MediatorsDeps): Mediators {
  const { config, database, clock, directory } = deps;
  const manageMediators = createManageMediators(deps);
  const manageColleagues = createManageColleagues(deps);
  const checkEndpoint = createCheckEndpoint({ allowPrivate: allowsPrivateEndpoints(config), clock });
  const requireEndpoint = createRequireEndpoint(checkEndpoint);
  const shared = {
    database,
    directory,
    clock,
    manageMediators,
    manageColleagues,
    requireEndpoint,
    isActive: (registration: Registration) => isActive(registration, config.inactiveTimeoutMs, clock.now()),
  };
  return {
    routes: [...mediatorRoutes(shared), ...colleagueRoutes(shared)],
    manageMediators,
    manageColleagues,
    requireEndpoint,
  };
}
