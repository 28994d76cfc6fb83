import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import { namePattern } from '../names';
import { colleagueStore, type Registration } from './colleague-store';
import { noSuchMediator } from './not-found';
import type { ManageMediators } from './manage-mediators';
import { mediatorKinds, type Mediator } from './mediator';
import {
  doneBody,
  mediatorBody,
  mediatorChangeBody,
  mediatorDoneBody,
  mediatorNamesBody,
  mediatorParams,
  mediatorPath,
  mediatorsPath,
  newMediatorBody,
} from './mediator-schemas';
import { fromMediatorRow, mediatorStore } from './mediator-store';

export interface MediatorRoutesDeps {
  readonly database: Database;
  readonly manageMediators: ManageMediators;
  /** Which of these are active just now. */
  readonly isActive: (registration: Registration) => boolean;
}

const notFound = { description: 'There is no such mediator' };

/** Making, finding, changing and removing mediators. */
export function mediatorRoutes(deps: MediatorRoutesDeps): readonly Route[] {
  return [createRoute(deps), listRoute(deps), readRoute(deps), changeRoute(deps), removeRoute(deps)];
}

/** What every way of creating a mediator answers. */
export function createdReply(name: string): Reply {
  const body = { message: 'Mediator created successfully', mediator: name };
  return reply(201, body, { location: `${mediatorsPath}/${encodeURIComponent(name)}` });
}

function createRoute({ database, manageMediators }: MediatorRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: mediatorsPath,
    role: 'operator',
    summary: 'Create a mediator',
    description:
      'Its kind, `message` unless given, says what its colleagues are to each other; it never changes.',
    body: newMediatorBody,
    responses: {
      201: {
        description: 'It is there',
        schema: mediatorDoneBody,
        headers: { location: 'Path of the mediator' },
      },
      409: { description: 'The name is in use, or there are as many mediators as may be' },
    },
    handle: async ({ body, trace }) => {
      await database.transact((tx) => manageMediators.create(tx, body, trace));
      return createdReply(body.name);
    },
  });
}

function listRoute({ database }: MediatorRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: mediatorsPath,
    role: 'reader',
    summary: 'List the names of mediators, in their order',
    query: pageQuery({ kind: z.enum(mediatorKinds).optional() }, namePattern),
    responses: { 200: mediatorNamesBody },
    handle: async ({ query: { limit, order, offset = 0, cursor, kind } }) => {
      const page = { after: cursor, order, limit: limit + 1, offset, kind };
      const names = await mediatorStore.listNames(database.queries, page);
      const { items, nextCursor } = toPage(names, limit, (name) => name);
      return reply(200, { mediators: items, next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: MediatorRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: mediatorPath,
    role: 'reader',
    summary: 'Read a mediator with its colleagues, the longest registered first',
    params: mediatorParams,
    responses: { 200: mediatorBody, 404: notFound },
    handle: async ({ params: { name } }) => {
      const { queries } = deps.database;
      const row = await mediatorStore.find(queries, name);
      if (!row) throw noSuchMediator(name);
      const registrations = await colleagueStore.all(queries, row.mediator_key);
      return reply(200, toMediatorBody(fromMediatorRow(row), registrations, deps));
    },
  });
}

function toMediatorBody(
  { name, kind, description, metadata, createdAt, updatedAt }: Mediator,
  registrations: readonly Registration[],
  { isActive }: Pick<MediatorRoutesDeps, 'isActive'>,
) {
  return {
    name,
    kind,
    description,
    metadata,
    colleagues: registrations.map((registration) => ({
      id: registration.settings.id,
      name: registration.settings.name,
      type: registration.settings.type,
      active: isActive(registration),
      last_activity: registration.lastActivity.toISOString(),
    })),
    count: registrations.length,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

function changeRoute({ database, manageMediators }: MediatorRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: mediatorPath,
    role: 'operator',
    summary: 'Change the description or metadata of a mediator',
    params: mediatorParams,
    body: mediatorChangeBody,
    responses: { 200: mediatorDoneBody, 404: notFound },
    handle: async ({ params: { name }, body, trace }) => {
      await database.transact((tx) => manageMediators.change(tx, name, body, trace));
      return updatedReply(name);
    },
  });
}

/** What every way of changing a mediator answers. */
export function updatedReply(name: string): Reply {
  return reply(200, { message: 'Mediator updated successfully', mediator: name });
}

function removeRoute({ database, manageMediators }: MediatorRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: mediatorPath,
    role: 'operator',
    summary: 'Remove a mediator',
    description:
      'What is open in it fails with code `mediator-removed`. The name is free at once, and a new mediator of that name is empty.',
    params: mediatorParams,
    responses: { 200: doneBody, 404: notFound },
    handle: async ({ params: { name }, trace }) => {
      await database.transact((tx) => manageMediators.remove(tx, name, trace));
      return removedReply();
    },
  });
}

/** What every way of removing a mediator answers. */
export function removedReply(): Reply {
  return reply(200, { message: 'Mediator removed successfully' });
}
