import type { Clock } from '@fanfare/core';
import type { FieldError } from '@fanfare/service-kit';
import type { Queries, Transaction } from '@fanfare/storage';
import type { Created } from '../../../create-once';
import { lockMediator } from '../../../mediators/manage-mediators';
import { fromMediatorRow } from '../../../mediators/mediator-store';
import { requireKind } from '../../../mediators/require-kind';
import { refuse, refuseInput } from '../../../problems';
import { checkDefinition, checkWorkflows, workflowsOf } from './check-definition';
import type { WorkflowDefinition } from './definition';
import { writeDefinition } from './kept-definition';
import { definitionStore, type StoredDefinition } from './definition-store';

/** Adding and removing definitions, each in the transaction of its caller. */
export interface ManageDefinitions {
  /** Adds the next version of its name, unless the newest is equal. Throws `invalid` for one that cannot be run. */
  post(tx: Transaction, mediator: string, definition: WorkflowDefinition): Promise<Created<StoredDefinition>>;
  /** Removes all versions. Runs go on, and end, with the one that they began with. */
  remove(tx: Transaction, mediator: string, name: string): Promise<void>;
}

export function createManageDefinitions(clock: Pick<Clock, 'now'>): ManageDefinitions {
  return {
    async post(tx, mediator, definition) {
      const key = await lockWorkflows(tx, mediator);
      const newest = await definitionStore.find(tx.queries, key, definition.name);
      if (newest && writeDefinition(newest.definition) === writeDefinition(definition)) {
        return { object: newest, isReplayed: true };
      }
      await requireSound(tx.queries, key, definition, { stored: true });
      return { object: await definitionStore.add(tx, key, definition, clock.now()), isReplayed: false };
    },

    async remove(tx, mediator, name) {
      const key = await lockWorkflows(tx, mediator);
      const wasThere = await definitionStore.remove(tx, key, name, clock.now());
      if (!wasThere) throw noSuchDefinition(mediator, name);
    },
  };
}

/** Keeps definitions that lead to each other from being changed at once. */
async function lockWorkflows(tx: Transaction, name: string): Promise<number> {
  const mediator = fromMediatorRow(await lockMediator(tx, name));
  requireKind({ mediator }, 'workflow');
  return mediator.key;
}

/**
 * Throws `invalid`, naming each step concerned, for a definition that cannot be run: one that is to be `stored`, or one
 * that a run brings with it.
 */
export async function requireSound(
  queries: Queries,
  mediatorKey: number,
  definition: WorkflowDefinition,
  { stored }: { readonly stored: boolean },
): Promise<void> {
  const named = await findNamed(queries, mediatorKey, workflowsOf(definition));
  const errors: readonly FieldError[] = [
    ...checkDefinition(definition),
    ...checkWorkflows(definition, named, { stored }),
  ];
  if (errors.length > 0) throw refuseInput(errors);
}

/** The stored definitions to which these lead, each with those that it names. */
async function findNamed(
  queries: Queries,
  mediatorKey: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = new Map<string, readonly string[]>();
  const reached = new Set(names);
  for (const name of reached) {
    const found = await definitionStore.find(queries, mediatorKey, name);
    if (!found) continue;
    named.set(name, workflowsOf(found.definition));
    for (const next of workflowsOf(found.definition)) reached.add(next);
  }
  return named;
}

/** The answer to whoever names a definition, or a version of it, that is not there. */
export function noSuchDefinition(mediator: string, name: string, version?: number) {
  const which = version === undefined ? name : `${name} of version ${version}`;
  return refuse('not-found', `mediator ${mediator} has no definition ${which}`);
}
