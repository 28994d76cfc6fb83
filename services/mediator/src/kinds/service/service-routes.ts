import type { Clock } from '@fanfare/core';
import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import type { MediatorConfig } from '../../config';
import { transactOnce, type Created } from '../../create-once';
import { madeReply } from '../../made-reply';
import type { Directory } from '../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../mediators/mediator-schemas';
import { requireKind } from '../../mediators/require-kind';
import { requireSize } from '../../message-size';
import { orderKeyPattern } from '../../order-key';
import { emptyBody } from '../../names';
import { noSuchService, type ManageServices, type ServiceAddress } from './manage-services';
import { dependentsOf } from './plan';
import { serviceStatuses, type Verb } from './service';
import {
  heartbeatBody,
  newServiceBody,
  serviceChangeBody,
  serviceParams,
  shownOrder,
  shownService,
  type ShownService,
} from './service-schemas';
import { serviceStore, type StoredService } from './service-store';
import { showService } from './show-service';

export interface ServiceRoutesDeps {
  readonly config: Pick<MediatorConfig, 'maxMessageBytes'>;
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly manageServices: ManageServices;
}

type ShowDeps = Pick<ServiceRoutesDeps, 'database' | 'directory' | 'clock'>;

const servicesPath = `${mediatorPath}/services`;
const servicePath = `${servicesPath}/{id}`;
const notFound = { description: 'There is no such mediator or service' };
const wrongKind = { description: 'The mediator is of another kind than service' };

/** Registering services, hearing of them, starting and stopping them in order. */
export function serviceRoutes(deps: ServiceRoutesDeps): readonly Route[] {
  return [
    registerRoute(deps),
    listRoute(deps),
    readRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    heartbeatRoute(deps),
    operateRoute(deps, 'start', 'Start a service, after what it depends on'),
    operateRoute(deps, 'stop', 'Stop a service, after what depends on it'),
  ];
}

/** What every way of registering a service answers. */
export async function registeredReply(
  deps: ShowDeps,
  mediator: string,
  { object, isReplayed }: Created<StoredService>,
): Promise<Reply> {
  const { id } = object.service;
  const shown = await readShown(deps, { mediator, id });
  return madeReply(shown, isReplayed, [mediator, 'services', id]);
}

async function findMediator({ directory }: ShowDeps, mediator: string): Promise<number> {
  const entry = await directory.find(mediator);
  requireKind(entry, 'service');
  return entry.mediator.key;
}

async function readShown(deps: ShowDeps, { mediator, id }: ServiceAddress): Promise<ShownService> {
  const all = await serviceStore.all(deps.database.queries, await findMediator(deps, mediator));
  const service = all.find((one) => one.id === id);
  if (!service) throw noSuchService(id);
  return showService(service, { dependents: dependentsOf(all, id), now: deps.clock.now() });
}

function registerRoute(deps: ServiceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: servicesPath,
    role: 'writer',
    summary: 'Register a service',
    params: mediatorParams,
    body: newServiceBody,
    responses: {
      201: {
        description: 'It is registered',
        schema: shownService,
        headers: { location: 'Path of the service' },
      },
      200: { description: 'The same call had registered it before', schema: shownService },
      404: { description: 'There is no such mediator' },
      409: { description: 'The mediator is of another kind than service, or the id is taken' },
    },
    handle: async ({ params: { name }, body }) =>
      registeredReply(
        deps,
        name,
        await transactOnce(deps.database, (tx) => deps.manageServices.register(tx, name, body)),
      ),
  });
}

function listRoute(deps: ServiceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: servicesPath,
    role: 'reader',
    summary: 'List services, the oldest first',
    params: mediatorParams,
    query: pageQuery({ status: z.enum(serviceStatuses).optional() }, orderKeyPattern),
    responses: {
      200: z.object({ services: z.array(shownService), next_cursor: z.string().nullable() }),
      404: { description: 'There is no such mediator' },
      409: wrongKind,
    },
    handle: async ({ params: { name }, query: { limit, order, offset = 0, cursor, status } }) => {
      const { queries } = deps.database;
      const key = await findMediator(deps, name);
      const page = { status, after: cursor, order, limit: limit + 1, offset };
      const found = await serviceStore.list(queries, key, page);
      const { items, nextCursor } = toPage(found, limit, ({ orderKey }) => orderKey);
      const all = await serviceStore.all(queries, key);
      const now = deps.clock.now();
      const services = items.map(({ service }) =>
        showService(service, { dependents: dependentsOf(all, service.id), now }),
      );
      return reply(200, { services, next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: ServiceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: servicePath,
    role: 'reader',
    summary: 'Read a service, and how it is',
    params: serviceParams,
    responses: { 200: shownService, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, id } }) => reply(200, await readShown(deps, { mediator: name, id })),
  });
}

function changeRoute(deps: ServiceRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: servicePath,
    role: 'writer',
    summary: 'Change what is said of a service',
    params: serviceParams,
    body: serviceChangeBody,
    responses: { 200: shownService, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, id }, body }) => {
      const address = { mediator: name, id };
      await deps.database.transact((tx) => deps.manageServices.change(tx, address, body));
      return reply(200, await readShown(deps, address));
    },
  });
}

function removeRoute({ database, manageServices }: ServiceRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: servicePath,
    role: 'writer',
    summary: 'Remove a service on which no other depends',
    params: serviceParams,
    responses: {
      204: { description: 'It is removed' },
      404: notFound,
      409: { description: 'Others depend on it, or the mediator is of another kind than service' },
    },
    handle: async ({ params: { name, id } }) => {
      await database.transact((tx) => manageServices.remove(tx, { mediator: name, id }));
      return reply(204);
    },
  });
}

function heartbeatRoute(deps: ServiceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${servicePath}/heartbeat`,
    role: 'writer',
    summary: 'Say that a service is alive',
    params: serviceParams,
    body: heartbeatBody,
    responses: { 200: shownService, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, id }, body: { metrics } }) => {
      requireSize(metrics, deps.config.maxMessageBytes, 'metrics');
      const key = await findMediator(deps, name);
      const beat = { at: deps.clock.now(), metrics };
      if (!(await serviceStore.noteHeartbeat(deps.database.queries, key, id, beat))) throw noSuchService(id);
      return reply(200, await readShown(deps, { mediator: name, id }));
    },
  });
}

function operateRoute(deps: ServiceRoutesDeps, verb: Verb, summary: string): Route {
  return defineRoute({
    method: 'post',
    path: `${servicePath}/${verb}`,
    role: 'writer',
    summary,
    description:
      'Each waits until the one before has succeeded; a failure stops the rest. Whoever handles it gets a command of type ' +
      `\`${verb}\`; where nobody does, the status changes at once.`,
    params: serviceParams,
    body: emptyBody,
    responses: {
      200: shownOrder,
      404: notFound,
      409: { description: 'The opposite is under way, or the mediator is of another kind than service' },
    },
    handle: async ({ params: { name, id }, trace }) => {
      const order = await deps.database.transact((tx) =>
        deps.manageServices.operate(tx, { mediator: name, id, verb, trace }),
      );
      return reply(200, { ...(await readShown(deps, { mediator: name, id })), order });
    },
  });
}
