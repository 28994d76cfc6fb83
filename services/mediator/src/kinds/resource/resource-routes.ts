import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import { transactOnce, type Created } from '../../create-once';
import { madeReply } from '../../made-reply';
import { orderKeyPattern } from '../../order-key';
import type { Directory } from '../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../mediators/mediator-schemas';
import { findResource, findResourceMediator, readUse, readUses, type ResourceAddress } from './find-resource';
import type { ManageResources } from './manage-resources';
import { resourceStatuses } from './resource';
import {
  newResourceBody,
  resourceChangeBody,
  resourceParams,
  shownResource,
  type ShownResource,
} from './resource-schemas';
import { resourceStore, type StoredResource } from './resource-store';
import { showResource } from './show-resource';

export interface ShowDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ResourceRoutesDeps extends ShowDeps {
  readonly manageResources: ManageResources;
}

export const resourcePath = `${mediatorPath}/resources/{id}`;
export const resourceResponses = {
  404: { description: 'There is no such mediator or resource' },
  409: { description: 'The mediator is of another kind than resource' },
};

/** Making, finding, changing and removing resources. */
export function resourceRoutes(deps: ResourceRoutesDeps): readonly Route[] {
  return [createRoute(deps), listRoute(deps), readRoute(deps), changeRoute(deps), removeRoute(deps)];
}

/** What every way of creating a resource answers. */
export async function createdReply(
  deps: ShowDeps,
  mediator: string,
  { object, isReplayed }: Created<StoredResource>,
): Promise<Reply> {
  const { id } = object.resource;
  const shown = await readShown(deps, { mediator, id });
  return madeReply(shown, isReplayed, [mediator, 'resources', id]);
}

async function readShown(deps: ShowDeps, { mediator, id }: ResourceAddress): Promise<ShownResource> {
  const key = await findResourceMediator(deps.directory, mediator);
  return show(deps, key, await findResource(deps.database.queries, key, id));
}

async function show({ database, clock }: ShowDeps, key: number, stored: StoredResource) {
  return showResource(stored.resource, await readUse(database.queries, key, stored, clock.now()));
}

function createRoute(deps: ResourceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/resources`,
    role: 'writer',
    summary: 'Create a resource',
    params: mediatorParams,
    body: newResourceBody,
    responses: {
      201: {
        description: 'It is there',
        schema: shownResource,
        headers: { location: 'Path of the resource' },
      },
      200: { description: 'The same call had made it before', schema: shownResource },
      404: { description: 'There is no such mediator' },
      409: { description: 'The mediator is of another kind than resource, or the id is taken' },
    },
    handle: async ({ params: { name }, body }) =>
      createdReply(
        deps,
        name,
        await transactOnce(deps.database, (tx) => deps.manageResources.create(tx, name, body)),
      ),
  });
}

function listRoute(deps: ResourceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${mediatorPath}/resources`,
    role: 'reader',
    summary: 'List resources, the oldest first',
    params: mediatorParams,
    query: pageQuery({ status: z.enum(resourceStatuses).optional() }, orderKeyPattern),
    responses: {
      200: z.object({ resources: z.array(shownResource), next_cursor: z.string().nullable() }),
      ...resourceResponses,
    },
    handle: async ({ params: { name }, query: { limit, order, offset = 0, cursor, status } }) => {
      const key = await findResourceMediator(deps.directory, name);
      const now = deps.clock.now();
      const page = { status, now, after: cursor, order, limit: limit + 1, offset };
      const found = await resourceStore.list(deps.database.queries, key, page);
      const { items, nextCursor } = toPage(found, limit, ({ orderKey }) => orderKey);
      const used = await readUses(deps.database.queries, key, items, now);
      const resources = used.map(({ resource, use }) => showResource(resource, use));
      return reply(200, { resources, next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: ResourceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: resourcePath,
    role: 'reader',
    summary: 'Read a resource, and how much of it is taken',
    params: resourceParams,
    responses: { 200: shownResource, ...resourceResponses },
    handle: async ({ params: { name, id } }) => reply(200, await readShown(deps, { mediator: name, id })),
  });
}

function changeRoute(deps: ResourceRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: resourcePath,
    role: 'writer',
    summary: 'Change a resource',
    params: resourceParams,
    body: resourceChangeBody,
    responses: { 200: shownResource, ...resourceResponses },
    handle: async ({ params: { name, id }, body }) => {
      const address = { mediator: name, id };
      await deps.database.transact((tx) => deps.manageResources.change(tx, address, body));
      return reply(200, await readShown(deps, address));
    },
  });
}

function removeRoute({ database, manageResources }: ResourceRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: resourcePath,
    role: 'writer',
    summary: 'Remove a resource with all its leases',
    params: resourceParams,
    responses: { 204: { description: 'It is removed' }, ...resourceResponses },
    handle: async ({ params: { name, id } }) => {
      await database.transact((tx) => manageResources.remove(tx, { mediator: name, id }));
      return reply(204);
    },
  });
}
