import {
  defineRoute,
  numberKey,
  pageQuery,
  reply,
  toPage,
  wholeNumber,
  type Route,
} from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import type { MediatorConfig } from '../../../config';
import type { Directory } from '../../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../../mediators/mediator-schemas';
import { requireKind } from '../../../mediators/require-kind';
import { nameSchema } from '../../../names';
import { toDefinitionBody } from './definition-body';
import { definitionSchema, shownDefinition } from './definition-schema';
import { definitionStore, type StoredDefinition } from './definition-store';
import { noSuchDefinition, type ManageDefinitions } from './manage-definitions';

export interface DefinitionRoutesDeps {
  readonly config: MediatorConfig;
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly manageDefinitions: ManageDefinitions;
}

const definitionsPath = `${mediatorPath}/definitions`;
const definitionPath = `${definitionsPath}/{definition}`;
const definitionParams = mediatorParams.extend({ definition: nameSchema });
const notFound = { description: 'There is no such mediator or definition' };
const wrongKind = { description: 'The mediator is of another kind than workflow' };

/** Adding, finding and removing the definitions of workflows. */
export function definitionRoutes(deps: DefinitionRoutesDeps): readonly Route[] {
  return [postRoute(deps), listRoute(deps), readRoute(deps), removeRoute(deps)];
}

function postRoute({ config, database, manageDefinitions }: DefinitionRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: definitionsPath,
    role: 'operator',
    summary: 'Define a workflow, or its next version',
    description:
      'Runs end on the version with which they began. One that cannot be run is refused: `errors` names each step concerned.',
    params: mediatorParams,
    body: definitionSchema(config),
    responses: {
      201: {
        description: 'It is the newest version',
        schema: shownDefinition,
        headers: { location: 'Path of the version' },
      },
      200: { description: 'The newest version was equal already', schema: shownDefinition },
      404: { description: 'There is no such mediator' },
      409: wrongKind,
    },
    handle: async ({ params: { name }, body }) => {
      const { object, isReplayed } = await database.transact((tx) => manageDefinitions.post(tx, name, body));
      const shown = show(object);
      if (isReplayed) return reply(200, shown, { 'idempotency-replayed': 'true' });
      const path = [name, 'definitions', body.name].map(encodeURIComponent).join('/');
      return reply(201, shown, { location: `/api/v1/mediators/${path}?version=${object.version}` });
    },
  });
}

function listRoute(deps: DefinitionRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: definitionsPath,
    role: 'reader',
    summary: 'List the newest version of each definition, the oldest first',
    params: mediatorParams,
    query: pageQuery({}, numberKey),
    responses: {
      200: z.object({ definitions: z.array(shownDefinition), next_cursor: z.string().nullable() }),
      404: { description: 'There is no such mediator' },
      409: wrongKind,
    },
    handle: async ({ params: { name }, query: { limit, order, offset = 0, cursor } }) => {
      const key = await findWorkflows(deps, name);
      const after = cursor === undefined ? undefined : Number(cursor);
      const page = { after, order, limit: limit + 1, offset };
      const found = await definitionStore.list(deps.database.queries, key, page);
      const { items, nextCursor } = toPage(found, limit, ({ number }) => number);
      return reply(200, { definitions: items.map(show), next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: DefinitionRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: definitionPath,
    role: 'reader',
    summary: 'Read a definition',
    params: definitionParams,
    query: z.strictObject({ version: wholeNumber({ min: 1 }).optional() }),
    responses: { 200: shownDefinition, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, definition }, query: { version } }) => {
      const key = await findWorkflows(deps, name);
      const found = await definitionStore.find(deps.database.queries, key, definition, version);
      if (!found) throw noSuchDefinition(name, definition, version);
      return reply(200, show(found));
    },
  });
}

function removeRoute({ database, manageDefinitions }: DefinitionRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: definitionPath,
    role: 'operator',
    summary: 'Remove all versions of a definition',
    description: 'Runs that have begun go on. A later definition of the name gets the next version.',
    params: definitionParams,
    responses: { 204: { description: 'It is removed' }, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, definition } }) => {
      await database.transact((tx) => manageDefinitions.remove(tx, name, definition));
      return reply(204);
    },
  });
}

async function findWorkflows({ directory }: DefinitionRoutesDeps, name: string): Promise<number> {
  const entry = await directory.find(name);
  requireKind(entry, 'workflow');
  return entry.mediator.key;
}

function show({ definition, version, createdAt }: StoredDefinition) {
  return { ...toDefinitionBody(definition), version, created_at: createdAt.toISOString() };
}
