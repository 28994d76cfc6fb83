import { AppError } from '@fanfare/core';
import {
  defineRoute,
  numberKey,
  pageQuery,
  type PageQuery,
  type ResponseDoc,
  type Route,
  wholeNumber,
} from '@fanfare/service-kit';
import type { EventFilter, EventLog } from '@fanfare/storage';
import { z } from 'zod';
import type { EventReplies } from './event-page';
import { eventRecord } from './event-record';
import { timeParameters, toTimeRange } from './time-parameters';
import { typePattern } from './type-parameter';
import { walkLog, walkStream } from './walk-events';

export interface ListEventsDeps {
  readonly log: Pick<EventLog, 'findEvent' | 'head' | 'read' | 'readStream'>;
  readonly replies: EventReplies;
}

const record = eventRecord.meta({ title: 'EventRecord' });

const acceptHeader = {
  accept:
    'application/json for records, application/cloudevents+json or application/cloudevents-batch+json for CloudEvents',
};

const responses: Readonly<Record<number, ResponseDoc>> = {
  200: {
    description: 'A page of events',
    schema: z.object({ events: z.array(record), next_cursor: z.string().nullable() }),
    headers: { link: 'Where the next page is, when there is one' },
  },
  406: { description: 'The client takes none of the types that there are' },
};

const type = typePattern.optional();
const aggregateType = z.string().optional();
const filters = {
  source: z.string().optional(),
  subject: z.string().optional(),
  subject_prefix: z.string().optional(),
  aggregate_id: z.string().optional(),
  correlation_id: z.string().optional(),
  from_position: wholeNumber().optional(),
  ...timeParameters,
};

const anyQuery = pageQuery({ ...filters, type, aggregate_type: aggregateType }, numberKey);
const ofTypeQuery = pageQuery({ ...filters, aggregate_type: aggregateType }, numberKey);
const ofAggregateTypeQuery = pageQuery({ ...filters, type }, numberKey);

type ListQuery = Partial<z.infer<typeof anyQuery>> & PageQuery;

const pageHelp =
  'Oldest first, or newest first with `order=desc`. `next_cursor` leads to the next page and is null on the last one; ' +
  'a walk by cursors gives each event once, also while others write. Times are those of recording: `from` (or `start`, ' +
  '`from_timestamp`) is included, `to` (or `end`) is not. `from_position` gives what follows it.';

/** Everything that lists events or shows one. */
export function listEventsRoutes(deps: ListEventsDeps): readonly Route[] {
  return [
    ...['/api/v1/events', '/api/v1/event-store/events'].flatMap((path) => [
      listRoute(deps, { path, summary: 'List events', query: anyQuery }),
      readRoute(deps, `${path}/{id}`),
    ]),
    listRoute(deps, {
      path: '/api/v1/events/range',
      summary: 'List the events of a time',
      query: anyQuery,
      isTimeRequired: true,
    }),
    listRoute(deps, {
      path: '/api/v1/events/type/{type}',
      summary: 'List the events of a type',
      params: z.object({ type: typePattern }),
      query: ofTypeQuery,
      toFilter: (params) => ({ types: params.type.filterTypes }),
    }),
    listRoute(deps, {
      path: '/api/v1/events/aggregate-type/{type}',
      summary: 'List the events of all aggregates of a type',
      params: z.object({ type: z.string() }),
      query: ofAggregateTypeQuery,
      toFilter: (params) => ({ category: params.type }),
    }),
    listStreamRoute(deps),
  ];
}

interface ListOptions<Params> {
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query: z.ZodType<ListQuery>;
  readonly toFilter?: (params: Params) => EventFilter;
  readonly isTimeRequired?: boolean;
}

function listRoute<Params>({ log, replies }: ListEventsDeps, options: ListOptions<Params>): Route {
  const { path, summary, params, query, toFilter, isTimeRequired } = options;
  return defineRoute({
    method: 'get',
    path,
    role: 'reader',
    summary,
    description: pageHelp,
    requestHeaders: acceptHeader,
    ...(params && { params }),
    query,
    responses,
    handle: (request) => {
      const { order, limit, cursor, offset = 0, from_position: fromPosition = 0 } = request.query;
      const events = walkLog(log, {
        filter: { ...filterOf(request.query, isTimeRequired), ...toFilter?.(request.params) },
        fromPosition,
        order,
        after: toNumber(cursor),
        offset,
        limit,
      });
      return replies.replyWithPage({ events, limit, keyOf: ({ position }) => position }, request);
    },
  });
}

function filterOf(query: ListQuery, isRequired = false): EventFilter {
  return {
    types: query.type?.filterTypes,
    source: query.source,
    subject: query.subject,
    subjectPrefix: query.subject_prefix,
    streamId: query.aggregate_id,
    category: query.aggregate_type,
    correlationId: query.correlation_id,
    ...toTimeRange(query, { isRequired }),
  };
}

function toNumber(cursor: string | undefined): number | undefined {
  return cursor === undefined ? undefined : Number(cursor);
}

function listStreamRoute({ log, replies }: ListEventsDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/events/aggregate/{id}',
    role: 'reader',
    summary: 'List the events of an aggregate by version',
    description:
      'Empty for an aggregate that is not there. `from_version` and `to_version` are both included.',
    requestHeaders: acceptHeader,
    params: z.object({ id: z.string() }),
    query: pageQuery(
      { from_version: wholeNumber().optional(), to_version: wholeNumber().optional() },
      numberKey,
    ),
    responses,
    handle: (request) => {
      const { order, limit, cursor, offset = 0, from_version, to_version } = request.query;
      const events = walkStream(log, request.params.id, {
        fromVersion: from_version ?? 0,
        toVersion: to_version ?? Number.MAX_SAFE_INTEGER,
        order,
        after: toNumber(cursor),
        offset,
        limit,
      });
      return replies.replyWithPage({ events, limit, keyOf: ({ version }) => version }, request);
    },
  });
}

function readRoute({ log, replies }: ListEventsDeps, path: string): Route {
  return defineRoute({
    method: 'get',
    path,
    role: 'reader',
    summary: 'Read an event',
    params: z.object({ id: z.string() }),
    requestHeaders: acceptHeader,
    responses: { ...responses, 200: { description: 'The event', schema: record } },
    handle: async (request) => {
      const { id } = request.params;
      const event = await log.findEvent(id);
      if (!event) throw new AppError('not_found', `there is no event ${id}`);
      return replies.replyWithEvent(event, request);
    },
  });
}
