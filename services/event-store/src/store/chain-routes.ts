import type { Clock } from '@fanfare/core';
import { defineRoute, reply, wholeNumber, type Route } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { z } from 'zod';
import { timeParameters, toTimeRange } from '../events/time-parameters';
import type { Checkpoints } from './checkpoints';
import { exportLog } from './exports/export-log';
import { findExported } from './exports/find-exported';
import { verificationBody } from './verification';
import { streamVerification, verifyLog } from './verify-log';

export interface ChainRoutesDeps {
  readonly log: EventLog;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  /** In PEM; null when nothing is signed. */
  readonly publicKey: string | null;
}

const position = wholeNumber({ min: 1 });

/** The chain of hashes over all events: verified here, or exported to be verified elsewhere. */
export function chainRoutes(deps: ChainRoutesDeps): readonly Route[] {
  return [verifyRoute(deps), exportRoute(deps)];
}

function verifyRoute(deps: ChainRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/event-store/verify',
    // reads the whole log, as an export does
    role: 'operator',
    summary: 'Prove that nothing was changed or removed',
    description:
      'Computes the chain of hashes again. With `Accept: text/event-stream` the answer is server-sent events: ' +
      '`progress` `{position}` and at last `result`, which is what the JSON answer would be.',
    query: z.strictObject({ from_position: position.optional(), to_position: position.optional() }),
    requestHeaders: { accept: '`text/event-stream` for progress; else the answer is JSON' },
    responses: { 200: verificationBody },
    handle: async ({ query: { from_position: from, to_position: to }, headers, signal }) => {
      const options = { from, to, signal };
      return headers['accept']?.includes('text/event-stream') === true
        ? { status: 200, stream: streamVerification(deps, options) }
        : reply(200, await verifyLog(deps, options));
    },
  });
}

function exportRoute({ log, checkpoints, publicKey }: ChainRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/event-store/export',
    role: 'operator',
    summary: 'Export events with their proof',
    description:
      'One line of JSON for each commit that was recorded from `from` (included) to `to` (excluded), with the hashes, ' +
      'salts and signatures that prove it. `npm run verify -- FILE` checks it without the event store. What takes too ' +
      'long for one answer is fetched in parts: `POST /api/v1/event-store/exports`.',
    query: z.strictObject(timeParameters),
    responses: { 200: { description: 'The lines', contentType: 'application/x-ndjson' } },
    handle: async ({ query }) => {
      const asked = toTimeRange(query);
      await checkpoints.sign();
      const range = await findExported(log, asked);
      return {
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        stream: exportLog({ log, publicKey }, range),
      };
    },
  });
}
