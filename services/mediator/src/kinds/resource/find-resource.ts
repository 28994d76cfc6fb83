import type { Queries, Transaction } from '@fanfare/storage';
import type { Directory, MediatorEntry } from '../../mediators/directory';
import { requireKind } from '../../mediators/require-kind';
import { refuse } from '../../problems';
import { leaseStore } from './lease-store';
import { lineStore } from './line-store';
import type { Resource, ResourceUse } from './resource';
import { resourceStore, type StoredResource } from './resource-store';

/** How callers name a resource. */
export interface ResourceAddress {
  readonly mediator: string;
  readonly id: string;
}

/** A resource that is locked until the end of the transaction. */
export interface HeldResource {
  readonly entry: MediatorEntry;
  readonly stored: StoredResource;
}

export interface UsedResource {
  readonly resource: Resource;
  readonly use: ResourceUse;
}

/** Locks a resource. Throws `mediator-not-found`, `wrong-kind` or `not-found`. */
export async function enterResource(
  tx: Transaction,
  directory: Pick<Directory, 'enter'>,
  { mediator, id }: ResourceAddress,
): Promise<HeldResource> {
  const entry = await directory.enter(tx, mediator);
  requireKind(entry, 'resource');
  const stored = await resourceStore.lock(tx, entry.mediator.key, id);
  if (!stored) throw noSuchResource(id);
  return { entry, stored };
}

/** Throws `mediator-not-found` or `wrong-kind`; returns the key of a mediator of resources. */
export async function findResourceMediator(
  directory: Pick<Directory, 'find'>,
  mediator: string,
): Promise<number> {
  const entry = await directory.find(mediator);
  requireKind(entry, 'resource');
  return entry.mediator.key;
}

/** Throws `not-found`. */
export async function findResource(
  queries: Queries,
  mediatorKey: number,
  id: string,
): Promise<StoredResource> {
  const stored = await resourceStore.find(queries, mediatorKey, id);
  if (!stored) throw noSuchResource(id);
  return stored;
}

/** How much of a resource is held, and by how many it is waited for, at a time. */
export async function readUse(
  queries: Queries,
  mediatorKey: number,
  { resource, use }: StoredResource,
  now: Date,
): Promise<ResourceUse> {
  return {
    ...use,
    held: await leaseStore.sumHeld(queries, mediatorKey, resource.id, now),
    waiting: await lineStore.count(queries, mediatorKey, resource.id, now),
  };
}

/** Some resources, each with its use at a time. */
export async function readUses(
  queries: Queries,
  mediatorKey: number,
  found: readonly StoredResource[],
  now: Date,
): Promise<readonly UsedResource[]> {
  const ids = found.map(({ resource }) => resource.id);
  const held = await leaseStore.sumHeldOfEach(queries, mediatorKey, ids, now);
  const waiting = await lineStore.countOfEach(queries, mediatorKey, ids, now);
  return found.map(({ resource, use }) => {
    const { id } = resource;
    return { resource, use: { ...use, held: held.get(id) ?? 0, waiting: waiting.get(id) ?? 0 } };
  });
}

/** What `Waiting` is told when there may be room in a resource, or somebody has left the line. */
export function resourceTopic(mediatorKey: number, id: string): string {
  return `resource:${mediatorKey}:${id}`;
}

export function noSuchLease(resourceId: string, id: string) {
  return refuse('not-found', `resource ${resourceId} has no lease ${id}`);
}

function noSuchResource(id: string) {
  return refuse('not-found', `there is no resource ${id}`);
}
