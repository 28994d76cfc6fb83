import type { Queries } from '@fanfare/storage';
import type { Part, PartDeps } from '../../../part';
import type { WorkflowDefinition } from './definition';
import { definitionRoutes } from './definition-routes';
import { definitionStore, type StoredDefinition } from './definition-store';
import { createManageDefinitions, requireSound, type ManageDefinitions } from './manage-definitions';

/** The definitions of workflows: by HTTP, and for those who run them. */
export interface Definitions extends Part, Pick<ManageDefinitions, 'post'> {
  /** A version, the newest unless another is named; undefined when there is none. */
  find(
    queries: Queries,
    mediatorKey: number,
    name: string,
    version?: number,
  ): Promise<StoredDefinition | undefined>;
  /** Throws `invalid`, naming each step concerned, for a definition that a run brings with it and that cannot be run. */
  requireSound(queries: Queries, mediatorKey: number, definition: WorkflowDefinition): Promise<void>;
}

export type DefinitionsDeps = Pick<PartDeps, 'config' | 'database' | 'directory' | 'clock'>;

export function createDefinitions({ config, database, directory, clock }: DefinitionsDeps): Definitions {
  const manageDefinitions = createManageDefinitions(clock);
  return {
    routes: definitionRoutes({ config, database, directory, manageDefinitions }),
    onMediatorRemoved: (tx, mediatorKey) => definitionStore.removeAll(tx, mediatorKey),
    prune: (before, limit) => definitionStore.prune(database.queries, before, limit),
    post: (tx, mediator, definition) => manageDefinitions.post(tx, mediator, definition),
    find: (queries, mediatorKey, name, version) => definitionStore.find(queries, mediatorKey, name, version),
    requireSound: (queries, mediatorKey, definition) =>
      requireSound(queries, mediatorKey, definition, { stored: false }),
  };
}
