import { AppError } from '@fanfare/core';
import { defineRoute, HttpProblem, reply, type Route, toPage } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { z } from 'zod';
import { maskFor } from '../privacy/mask';
import type { LoadAggregate } from '../aggregates/load-aggregate';
import { refuseTruncated } from '../aggregates/refuse-truncated';
import { bodyLimitBytes } from '../events/post-events-route';
import { isSubset } from './is-subset';
import {
  newSnapshotBody,
  snapshotBody,
  snapshotPath,
  snapshotQuery,
  snapshotsBody,
  snapshotsQuery,
  toSnapshotBody,
} from './snapshot-schemas';
import type { SnapshotStore } from './snapshot';
import type { TakeSnapshot } from './take-snapshot';

export interface SnapshotRoutesDeps {
  readonly store: Pick<SnapshotStore, 'findNewest' | 'list'>;
  readonly log: Pick<EventLog, 'findStream'>;
  readonly loadAggregate: LoadAggregate;
  readonly takeSnapshot: TakeSnapshot;
}

const anyVersion = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** What is done with snapshots. */
export function snapshotRoutes(deps: SnapshotRoutesDeps): readonly Route[] {
  return [takeRoute(deps), listRoute(deps), readRoute(deps), readLatestRoute(deps)];
}

function takeRoute({ log, loadAggregate, takeSnapshot }: SnapshotRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/snapshots',
    role: 'writer',
    summary: 'Take a snapshot of an aggregate',
    description:
      'Of what its events tell, at its newest version or at an earlier one. `data` is compared with that: whatever is ' +
      'in it must be in the state too. What a caller may not see is not compared for him.',
    body: newSnapshotBody,
    bodyLimitBytes,
    responses: {
      201: {
        description: 'There is a snapshot of this version now',
        schema: z.object({ message: z.string(), id: z.string(), version: z.int() }),
        headers: { location: 'Where it is' },
      },
      404: { description: 'There is no such aggregate' },
      409: {
        description: 'There is no such version yet, it was erased, or the data is not what the events tell',
      },
      410: { description: 'What tells of this version was truncated' },
    },
    handle: async ({ body: { aggregate_id: id, version, data }, caller }) => {
      const aggregate = await loadAggregate(id, { version }).catch(refuseTruncated);
      if (!aggregate) throw await noVersion(id, version);
      if (data && !isSubset(maskFor(caller, data), maskFor(caller, aggregate.state))) {
        throw new HttpProblem(409, `${id} has another state at version ${aggregate.version}`, {
          code: 'snapshot-mismatch',
          members: { aggregate_id: id, version: aggregate.version },
        });
      }
      const snapshot = await takeSnapshot(id, aggregate.version).catch(refuseTruncated);
      if (!snapshot) throw new AppError('conflict', `${id} was erased`);
      return reply(
        201,
        { message: 'Snapshot created successfully', id: snapshot.id, version: aggregate.version },
        { location: `/api/v1/snapshots/${encodeURIComponent(id)}?version=${aggregate.version}` },
      );
    },
  });

  async function noVersion(id: string, version: number | undefined): Promise<AppError> {
    const stream = version === undefined ? null : await log.findStream(id);
    return stream
      ? new AppError('conflict', `${id} is at version ${stream.version}, there is no ${version} yet`)
      : new AppError('not_found', `there is no aggregate ${id}`);
  }
}

function listRoute({ store }: SnapshotRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/snapshots',
    role: 'reader',
    summary: 'List snapshots, oldest first',
    query: snapshotsQuery,
    responses: { 200: snapshotsBody },
    handle: async ({
      query: { aggregate_type: aggregateType, cursor: afterId, order, limit, offset = 0 },
      caller,
    }) => {
      const found = await store.list({ aggregateType, afterId, order, offset, limit: limit + 1 });
      const { items, nextCursor } = toPage(found, limit, ({ id }) => id);
      const snapshots = maskFor(caller, items.map(toSnapshotBody));
      return reply(200, { snapshots, next_cursor: nextCursor });
    },
  });
}

const found = { 200: snapshotBody, 404: { description: 'There is no such snapshot' } };

function readRoute({ store }: SnapshotRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/snapshots/{aggregate_id}',
    role: 'reader',
    summary: 'Read the newest snapshot of an aggregate, at or below a version',
    params: snapshotPath,
    query: snapshotQuery,
    responses: found,
    handle: async ({ params, query: { version: to = anyVersion.to }, caller }) =>
      reply(200, maskFor(caller, await readNewest(store, params.aggregate_id, { from: 0, to }))),
  });
}

function readLatestRoute({ store }: SnapshotRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/snapshots/{aggregate_id}/latest',
    role: 'reader',
    summary: 'Read the newest snapshot of an aggregate',
    params: snapshotPath,
    responses: found,
    handle: async ({ params, caller }) =>
      reply(200, maskFor(caller, await readNewest(store, params.aggregate_id, anyVersion))),
  });
}

async function readNewest(
  store: Pick<SnapshotStore, 'findNewest'>,
  aggregateId: string,
  versions: typeof anyVersion,
) {
  const snapshot = await store.findNewest(aggregateId, versions);
  if (!snapshot) throw new AppError('not_found', `there is no such snapshot of ${aggregateId}`);
  return toSnapshotBody(snapshot);
}
