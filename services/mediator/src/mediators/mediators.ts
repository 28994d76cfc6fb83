import type { Part, PartDeps } from '../part';
import { isActive } from './activity';
import { createManageMediators, type ManageMediators } from './manage-mediators';
import { mediatorRoutes } from './mediator-routes';

export type MediatorsDeps = Pick<
  PartDeps,
  'config' | 'database' | 'clock' | 'newId' | 'announce' | 'waiting'
> & {
  /** All the other parts. */
  readonly parts: readonly Part[];
};

/** Mediators and colleagues themselves. */
export interface Mediators extends Part {
  readonly manageMediators: ManageMediators;
}

export function createMediators(deps: MediatorsDeps): Mediators {
  const { config, database, clock } = deps;
  const manageMediators = createManageMediators(deps);
  const shown = {
    database,
    isActive: (registration: Parameters<typeof isActive>[0]) =>
      isActive(registration, config.inactiveTimeoutMs, clock.now()),
  };
  return {
    routes: mediatorRoutes({ ...shown, manage: manageMediators }),
    manageMediators,
  };
}
