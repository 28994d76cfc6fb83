import { defineRoute, numberKey, pageQuery, reply, toPage, type Route } from '@fanfare/service-kit';
import { madeReply } from '../../made-reply';
import { z } from 'zod';
import { requireSelf } from '../../mediators/require-self';
import { nameSchema } from '../../names';
import type { AcquireLease } from './acquire-lease';
import type { EndLease } from './end-lease';
import { findResource, findResourceMediator, noSuchLease } from './find-resource';
import { leaseStatuses } from './lease';
import { leaseStore } from './lease-store';
import { resourcePath, resourceResponses, type ShowDeps } from './resource-routes';
import {
  leaseParams,
  newLeaseBody,
  releaseLeaseBody,
  renewLeaseBody,
  resourceParams,
  shownLease,
} from './resource-schemas';
import { showLease } from './show-resource';

export interface LeaseRoutesDeps extends ShowDeps {
  readonly acquireLease: AcquireLease;
  readonly endLease: EndLease;
}

const leasesPath = `${resourcePath}/leases`;
const leasePath = `${leasesPath}/{lease}`;
const noLease = { description: 'There is no such mediator, resource or lease' };
const notHeld = { description: 'It is not held (any more) by that token' };

/** Asking for leases, looking at them, holding them for longer and giving them back. */
export function leaseRoutes(deps: LeaseRoutesDeps): readonly Route[] {
  return [acquireRoute(deps), listRoute(deps), readRoute(deps), renewRoute(deps), releaseRoute(deps)];
}

function acquireRoute({ acquireLease, clock }: LeaseRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: leasesPath,
    role: 'writer',
    isForColleagues: true,
    summary: 'Lease a part of a resource',
    description:
      'Without room, or while others wait, the call stands in line for `wait_ms`: first come, first served, also where less ' +
      'is asked for. `token` grows with every lease of the resource, for whoever has to tell an old holder from a new one.',
    params: resourceParams,
    body: newLeaseBody,
    responses: {
      201: { description: 'It is held', schema: shownLease, headers: { location: 'Path of the lease' } },
      200: { description: 'The same call had taken it before', schema: shownLease },
      404: { description: 'There is no such mediator, resource or colleague' },
      409: { description: 'There is no room, or the id is taken, or the mediator is of another kind' },
    },
    handle: async ({ params: { name, id }, body, caller, signal }) => {
      requireSelf(caller, name, body.colleague_id);
      const { object, isReplayed } = await acquireLease({ address: { mediator: name, id }, body, signal });
      const shown = showLease(object, clock.now());
      return madeReply(shown, isReplayed, [name, 'resources', id, 'leases', object.id]);
    },
  });
}

function listRoute({ database, directory, clock }: LeaseRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: leasesPath,
    role: 'reader',
    summary: 'List the leases of a resource, the oldest first',
    params: resourceParams,
    query: pageQuery(
      { status: z.enum(leaseStatuses).optional(), colleague_id: nameSchema.optional() },
      numberKey,
    ),
    responses: {
      200: z.object({ leases: z.array(shownLease), next_cursor: z.string().nullable() }),
      ...resourceResponses,
    },
    handle: async ({ params: { name, id }, query }) => {
      const { limit, order, offset = 0, cursor, status, colleague_id: colleagueId } = query;
      const key = await findResourceMediator(directory, name);
      await findResource(database.queries, key, id);
      const after = cursor === undefined ? undefined : Number(cursor);
      const page = { status, colleagueId, after, order, limit: limit + 1, offset };
      const now = clock.now();
      const found = await leaseStore.list(database.queries, key, id, page, now);
      const { items, nextCursor } = toPage(found, limit, ({ token }) => token);
      return reply(200, { leases: items.map((lease) => showLease(lease, now)), next_cursor: nextCursor });
    },
  });
}

function readRoute({ database, directory, clock }: LeaseRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: leasePath,
    role: 'reader',
    summary: 'Read a lease',
    params: leaseParams,
    responses: { 200: shownLease, ...resourceResponses, 404: noLease },
    handle: async ({ params: { name, id, lease } }) => {
      const key = await findResourceMediator(directory, name);
      await findResource(database.queries, key, id);
      const stored = await leaseStore.find(database.queries, key, id, lease);
      if (!stored) throw noSuchLease(id, lease);
      return reply(200, showLease(stored.lease, clock.now()));
    },
  });
}

function renewRoute({ database, endLease, clock }: LeaseRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${leasePath}/renew`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Hold a lease for longer, from now on',
    description: 'Without `lease_ms` for as long as before.',
    params: leaseParams,
    body: renewLeaseBody,
    responses: { 200: shownLease, 404: noLease, 409: notHeld },
    handle: async ({ params: { name, id, lease }, body: { token, lease_ms: leaseMs }, caller }) => {
      const claim = { mediator: name, id, lease, token };
      const renewed = await database.transact(async (tx) => {
        const held = await endLease.renew(tx, claim, leaseMs);
        requireSelf(caller, name, held.colleagueId);
        return held;
      });
      return reply(200, showLease(renewed, clock.now()));
    },
  });
}

function releaseRoute({ database, endLease, clock }: LeaseRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${leasePath}/release`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Give a lease back',
    params: leaseParams,
    body: releaseLeaseBody,
    responses: { 200: shownLease, 404: noLease, 409: notHeld },
    handle: async ({ params: { name, id, lease }, body: { token }, caller }) => {
      const claim = { mediator: name, id, lease, token };
      const released = await database.transact(async (tx) => {
        const held = await endLease.release(tx, claim);
        requireSelf(caller, name, held.colleagueId);
        return held;
      });
      return reply(200, showLease(released, clock.now()));
    },
  });
}
