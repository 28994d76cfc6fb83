import { AppError } from '@fanfare/core';
import { defineRoute, HttpProblem, reply, wholeNumber, type Route } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { z } from 'zod';
import type { JobRange } from '../jobs/job';
import { findJob, jobPageQuery, listJobs } from '../jobs/job-pages';
import type { JobStore } from '../jobs/job-store';
import type { createBeginExport } from './begin-export';
import { countParts, rangeOfPart } from './export';
import { exportBody, newExportBody, toExportBody } from './export-body';
import { exportLog } from './export-log';
import { isThereAfter } from './find-exported';

export interface ExportRoutesDeps {
  readonly beginExport: ReturnType<typeof createBeginExport>;
  readonly store: Pick<JobStore<JobRange>, 'find' | 'list' | 'changeState'>;
  readonly log: Pick<EventLog, 'readChain' | 'readCheckpointsFrom'>;
  /** In PEM; null when nothing is signed. */
  readonly publicKey: string | null;
  /** Whoever runs exports looks at once. */
  readonly wake: () => void;
}

const path = '/api/v1/event-store/exports';
const params = z.object({ id: z.string() });

/** An export as a job, for who cannot read it in one answer. */
export function exportRoutes(deps: ExportRoutesDeps): readonly Route[] {
  return [beginRoute(deps), listRoute(deps), readRoute(deps), cancelRoute(deps), partRoute(deps)];
}

function beginRoute({ beginExport, wake }: ExportRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path,
    role: 'operator',
    audit: { action: 'export.start', entity: 'export' },
    summary: 'Export events in parts',
    description:
      'Settles which events the export holds, as whole commits, and computes their chain of hashes again. When it is done its ' +
      '`parts` can be fetched, one after the other or again, for 30 days; put together in order they are the file that ' +
      '`GET /api/v1/event-store/export` answers. An export goes on where it was after a restart. It fails where the chain is ' +
      'not what was recorded, and `last_error` says where.',
    body: newExportBody.optional(),
    responses: {
      202: {
        description: 'The export, which has begun',
        schema: exportBody,
        headers: { location: 'Path of the export' },
      },
    },
    handle: async ({ body = {} }) => {
      const begun = await beginExport(body);
      wake();
      return reply(202, toExportBody(begun), { location: `${path}/${begun.id}` });
    },
  });
}

function listRoute({ store }: ExportRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path,
    role: 'operator',
    summary: 'List exports',
    query: jobPageQuery,
    responses: { 200: z.object({ exports: z.array(exportBody), next_cursor: z.string().nullable() }) },
    handle: async ({ query }) => {
      const { items, nextCursor } = await listJobs(store, query);
      return reply(200, { exports: items.map(toExportBody), next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: ExportRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${path}/{id}`,
    role: 'operator',
    summary: 'Read how far an export is',
    params,
    responses: { 200: exportBody },
    handle: async ({ params: { id } }) => reply(200, toExportBody(await findJob(deps.store, id, 'export'))),
  });
}

function cancelRoute(deps: ExportRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${path}/{id}/cancel`,
    role: 'operator',
    summary: 'Cancel an export',
    description: 'Also one that is done: its parts can no longer be fetched.',
    params,
    responses: { 200: exportBody, 409: { description: 'It has failed' } },
    handle: async ({ params: { id } }) => {
      await deps.store.changeState(id, ['running', 'done'], 'cancelled');
      deps.wake();
      const found = await findJob(deps.store, id, 'export');
      if (found.state !== 'cancelled')
        throw new HttpProblem(409, `an export that is ${found.state} cannot be cancelled`);
      return reply(200, toExportBody(found));
    },
  });
}

function partRoute(deps: ExportRoutesDeps): Route {
  const { log } = deps;
  return defineRoute({
    method: 'get',
    path: `${path}/{id}/parts/{part}`,
    role: 'operator',
    summary: 'Fetch a part of an export',
    description:
      'The lines of some ten thousand events, read from the log when they are asked for: what was erased meanwhile is no ' +
      'longer in them, and still verifies. A part that was cut short is fetched again as a whole.',
    params: z.object({ id: z.string(), part: wholeNumber({ min: 1 }) }),
    responses: {
      200: { description: 'The lines', contentType: 'application/x-ndjson' },
      409: { description: 'The export is not done' },
      410: { description: '`truncated`: the log no longer has these events' },
    },
    handle: async ({ params: { id, part } }) => {
      const { state, request } = await findJob(deps.store, id, 'export');
      const parts = countParts(request);
      if (state !== 'done') throw new HttpProblem(409, `the export is ${state}`);
      if (part > parts) throw new AppError('not_found', `the export has ${parts} parts`);
      const range = rangeOfPart(request, part);
      if (range.after < range.to && !(await isThereAfter(log, range.after)))
        throw new HttpProblem(410, 'the log was truncated since', { code: 'truncated' });
      return {
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        stream: exportLog(deps, range, { hasHead: part === 1, hasEnd: part === parts }),
      };
    },
  });
}
