import type { Clock } from '@fanfare/core';
import {
  defineRoute,
  numberKey,
  pageQuery,
  reply,
  toPage,
  type Reply,
  type Route,
} from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { transactOnce } from '../create-once';
import { madeReply } from '../made-reply';
import { countMail, noMail } from '../mailbox/count-mail';
import { emptyBody } from '../names';
import {
  colleagueBody,
  colleagueChangeBody,
  colleagueParams,
  colleaguePath,
  colleaguesBody,
  colleaguesPath,
  newColleagueBody,
  registeredBody,
} from './colleague-schemas';
import { colleagueStore, type Registration } from './colleague-store';
import type { Directory } from './directory';
import type { ManageColleagues } from './manage-colleagues';
import { doneBody, mediatorParams } from './mediator-schemas';
import { noSuchColleague } from './not-found';
import { requireSelf } from './require-self';
import type { RequireEndpoint } from './require-endpoint';

export interface ColleagueRoutesDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly manageColleagues: ManageColleagues;
  readonly requireEndpoint: RequireEndpoint;
  readonly isActive: (registration: Registration) => boolean;
}

const notFound = { description: 'There is no such mediator or colleague' };

/** Registering, finding, changing and unregistering colleagues, and their signs of life. */
export function colleagueRoutes(deps: ColleagueRoutesDeps): readonly Route[] {
  return [
    registerRoute(deps),
    listRoute(deps),
    readRoute(deps),
    changeRoute(deps),
    unregisterRoute(deps),
    heartbeatRoute(deps),
  ];
}

function registerRoute({ database, manageColleagues, requireEndpoint }: ColleagueRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: colleaguesPath,
    role: 'writer',
    isForColleagues: true,
    summary: 'Register a colleague',
    description:
      'With `endpoint` what is for it is posted there, without it is kept in its mailbox. The same request again is answered ' +
      '200, another one of the same id 409.',
    params: mediatorParams,
    body: newColleagueBody,
    responses: {
      201: {
        description: 'It is registered',
        schema: registeredBody,
        headers: { location: 'Path of the colleague' },
      },
      200: { description: 'It was registered already, by the same request', schema: registeredBody },
      404: { description: 'There is no such mediator' },
      409: {
        description: 'The id is in use, a type has its handler, or there are as many colleagues as may be',
      },
    },
    handle: async ({ params: { name }, body, caller, trace }) => {
      requireSelf(caller, name, body.id);
      await requireEndpoint(body);
      const { isReplayed } = await transactOnce(database, (tx) =>
        manageColleagues.register(tx, name, body, trace),
      );
      return registeredReply(name, body.id, isReplayed);
    },
  });
}

/** What every way of registering a colleague answers. */
export function registeredReply(mediator: string, id: string, isReplayed: boolean): Reply {
  const body = { message: 'Colleague registered successfully', id };
  return madeReply(body, isReplayed, [mediator, 'colleagues', id]);
}

function listRoute(deps: ColleagueRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: colleaguesPath,
    role: 'reader',
    summary: 'List the colleagues of a mediator, the longest registered first',
    params: mediatorParams,
    query: pageQuery({}, numberKey),
    responses: { 200: colleaguesBody, 404: { description: 'There is no such mediator' } },
    handle: async ({ params: { name }, query: { limit, order, offset = 0, cursor } }) => {
      const { mediator } = await deps.directory.find(name);
      const after = cursor === undefined ? undefined : Number(cursor);
      const page = { after, order, limit: limit + 1, offset };
      const found = await colleagueStore.list(deps.database.queries, mediator.key, page);
      const { items, nextCursor } = toPage(found, limit, ({ number }) => number);
      const colleagues = await toColleagueBodies(items, mediator.key, deps);
      return reply(200, { colleagues, next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: ColleagueRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: colleaguePath,
    role: 'reader',
    isForColleagues: true,
    summary: 'Read a colleague',
    params: colleagueParams,
    responses: { 200: colleagueBody, 404: notFound },
    handle: async ({ params, caller }) => {
      requireSelf(caller, params.name, params.id);
      return reply(200, await showColleague(params, deps));
    },
  });
}

interface ColleaguePlace {
  readonly name: string;
  readonly id: string;
}

async function showColleague({ name, id }: ColleaguePlace, deps: ColleagueRoutesDeps) {
  const { mediator } = await deps.directory.find(name);
  const registration = await colleagueStore.find(deps.database.queries, mediator.key, id);
  if (!registration) throw noSuchColleague(name, id);
  const [body] = await toColleagueBodies([registration], mediator.key, deps);
  return body;
}

/** Without their secrets, which nobody gets to see. */
async function toColleagueBodies(
  registrations: readonly Registration[],
  mediatorKey: number,
  { database, clock, isActive }: Pick<ColleagueRoutesDeps, 'database' | 'clock' | 'isActive'>,
) {
  const colleagueIds = registrations.map(({ settings }) => settings.id);
  const counts = await countMail(database.queries, { mediatorKey, colleagueIds, now: clock.now() });
  return registrations.map((registration) => {
    const { id, name, type, handles, endpoint, concurrency } = registration.settings;
    return {
      id,
      name,
      type,
      active: isActive(registration),
      last_activity: registration.lastActivity.toISOString(),
      handles,
      endpoint,
      concurrency,
      ...(counts.get(id) ?? noMail),
    };
  });
}

function changeRoute(deps: ColleagueRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: colleaguePath,
    role: 'writer',
    isForColleagues: true,
    summary: 'Change a colleague',
    description: 'What waits for it goes by the new settings. `active: false` holds until `active: true`.',
    params: colleagueParams,
    body: colleagueChangeBody,
    responses: { 200: colleagueBody, 404: notFound, 409: { description: 'A type has its handler' } },
    handle: async ({ params, body, caller }) => {
      requireSelf(caller, params.name, params.id);
      await deps.requireEndpoint(body);
      const { name, id } = params;
      await deps.database.transact((tx) => deps.manageColleagues.change(tx, name, id, body));
      return reply(200, await showColleague(params, deps));
    },
  });
}

function unregisterRoute({ database, manageColleagues }: ColleagueRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: colleaguePath,
    role: 'writer',
    isForColleagues: true,
    summary: 'Unregister a colleague',
    description: 'Its unread messages are dead, commands that wait for it fail, what it holds is free again.',
    params: colleagueParams,
    responses: { 200: doneBody, 404: notFound },
    handle: async ({ params: { name, id }, caller, trace }) => {
      requireSelf(caller, name, id);
      await database.transact((tx) => manageColleagues.unregister(tx, name, id, trace));
      return unregisteredReply();
    },
  });
}

/** What every way of unregistering a colleague answers. */
export function unregisteredReply(): Reply {
  return reply(200, { message: 'Colleague unregistered successfully' });
}

function heartbeatRoute(deps: ColleagueRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${colleaguePath}/heartbeat`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Tell that a colleague is alive',
    params: colleagueParams,
    body: emptyBody,
    responses: { 200: colleagueBody, 404: notFound },
    handle: async ({ params, caller }) => {
      const { name, id } = params;
      requireSelf(caller, name, id);
      const { database, directory, clock } = deps;
      const { mediator } = await directory.find(params.name);
      await colleagueStore.noteActivity(database.queries, mediator.key, params.id, clock.now());
      return reply(200, await showColleague(params, deps));
    },
  });
}
